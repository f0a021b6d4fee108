"""The first fourteen patients of the demo, each with the story that it is there for. All invented. Pure."""

from typing import Final

from monitor.demo_course import Bleed, Course
from monitor.demo_patient import DemoPatient
from monitor.demo_treatments import Taper

LABORATORY: Final = "City laboratory"

STORIES: Final = (
    DemoPatient(
        1, "Anna Sommer", "female", 33, 168, Course(128), 760, (47, 20),
        tapers=(Taper(430, (7.5, 5)),), fields=(("course", "chronic"), ("smoking", "never")),
    ),
    DemoPatient(
        2, "Mia Winter", "female", 7, 124, Course(126, (Bleed(410, 32, hemoptysis="streaks"), Bleed(4, 34, confirmed=False))),
        620, (18, 4, 1), tapers=(Taper(408, (30, 20, 15, 10, 7.5, 5)),), fields=(("course", "acute"),),
    ),
    DemoPatient(
        3, "Jonas Herbst", "male", 41, 182, Course(146, (Bleed(560, 28), Bleed(16, 21, 14, confirmed=False, foci=False))),
        900, (30, 2), tapers=(Taper(557, (40, 30, 20, 15, 10, 7.5, 5)),), fields=(("course", "chronic"), ("smoking", "former")),
    ),
    DemoPatient(
        4, "Emil Lenz", "male", 11, 146, Course(131, (Bleed(300, 30, infection=True),)), 540, (9,), coughed=((1, "teaspoon"),),
        tapers=(Taper(297, (30, 20, 15, 10, 7.5)),), fields=(("course", "acute"),),
    ),
    DemoPatient(
        5, "Clara Nord", "female", 27, 171, Course(124, (Bleed(480, 40, transfused=True), Bleed(6, 60, confirmed=False))),
        730, (34, 5, 1), lung=0.74, stage=2, tapers=(Taper(477, (50, 40, 30, 20, 15, 10, 7.5)),), saturation=91,
        fields=(("course", "chronic"), ("usual_laboratory", LABORATORY)),
    ),
    DemoPatient(6, "Theo Klein", "male", 3, 96, Course(108, ferritin=18), 20, (6,), fields=(("course", "acute"),)),
    DemoPatient(
        7, "Ruth Berger", "female", 52, 163, Course(129, (Bleed(420, 26), Bleed(62, 38, transfused=True, hemoptysis="teaspoon"))),
        700, (11, 3), stage=2, lung=0.8, tapers=(Taper(417, (40, 30, 20, 10, 7.5)), Taper(59, (40, 30, 20))),
    ),
    DemoPatient(8, "Paul Sander", "male", 19, 178, Course(151), 1090, (25,), fields=(("smoking", "never"),)),
    DemoPatient(
        9, "Lena Vogt", "female", 14, 159,
        Course(125, (Bleed(880, 30), Bleed(640, 34), Bleed(470, 24), Bleed(350, 30), Bleed(255, 26, infection=True))),
        1080, (13,), tapers=(Taper(877, (30, 20, 10)), Taper(467, (30, 20, 10)), Taper(252, (40, 30, 20, 15, 10))), stage=2,
    ),
    DemoPatient(
        10, "Karl Brandt", "male", 63, 174, Course(138, (Bleed(690, 24),)), 1000, (16,), lung=0.58, stage=4, saturation=92,
        tapers=(Taper(687, (30, 20, 10, 7.5)),), fields=(("smoking", "former"), ("oxygen_floor_percent", 88.0)),
    ),
    DemoPatient(
        11, "Ines Feld", "female", 38, 166, Course(126, drift=5, ferritin=11), 640, (15,), fields=(("menstruation", True),),
    ),
    DemoPatient(
        12, "Noah Ziegler", "male", 9, 134, Course(129, (Bleed(380, 27),)), 520, (10,),
        tapers=(Taper(377, (30, 20, 10, 5)),), fields=(("comorbidities", ("celiac",)), ("oximeter_at_home", True)),
    ),
    DemoPatient(
        13, "Greta Moor", "female", 45, 169, Course(134, (Bleed(215, 45, transfused=True, hemoptysis="moderate"),)), 800, (8,),
        lung=0.82, stage=2, tapers=(Taper(212, (50, 40, 30, 20, 15, 10)),), fields=(("altitude_m", 1600.0),),
    ),
    DemoPatient(
        14, "Felix Ohm", "male", 29, 180, Course(144), 560, (22,), fields=(("smoking", "current"), ("cigarettes_per_day", 12.0)),
    ),
)  # fmt: skip
"""Stable: 1, 8, 11, 12, 14. A fall of the last days: 2 (acute), 3, 5 (severe). Hemoptysis: 4. Too little data: 6.
After a relapse: 7. Remissions that shorten: 9. Fibrosis: 10. Recovered: 13. Corrected and late results: 14."""
