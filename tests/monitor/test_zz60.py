import pytest
from django.utils import timezone
from zoneinfo import ZoneInfo
from patients import timeline, dosing
from alerts import recurrence
from monitor.demo_patient import id_of
@pytest.mark.django_db
def test_x(made_demo):
    at=timezone.now()
    for n in (1,2,7,9,13,16,17,18,19,20,22,23,25,27,29,39,40,41,44,45,46,52,59):
        h=timeline.read(id_of(f'DEMO-{n}'),at=at)
        day=at.astimezone(ZoneInfo('Europe/Berlin')).date()
        print(n, dosing.now_and_next(h,day).words,'|',recurrence.phase(h).words,'|',recurrence.chain(h))
    try:
        from alerts import todos
        for n in range(1,61):
            h=timeline.read(id_of(f'DEMO-{n}'),at=at)
            z=[(t.kind,t.words[:70]) for t in todos.todos(h,at=at) if t.overdue]; print(n,z,"|",[(t.kind,t.words[:50]) for t in todos.todos(h,at=at) if not t.overdue])
    except Exception as e: print('todos',repr(e))
