"""The other patients of the demo, in every phase and of every age; the last eight are the second team's. All invented. Pure."""

from typing import Final

from monitor.demo_course import Bleed, Course
from monitor.demo_patient import DemoPatient
from monitor.demo_treatments import Taper, reaching

CHILD: Final = (("course", "acute"),)
ADULT: Final = (("course", "chronic"), ("smoking", "never"))

CHILDREN: Final = (
    DemoPatient(15, "Lukas Winter", "male", 4, 103, Course(118, (Bleed(260, 24),)), 420, (14,),
        tapers=(Taper(257, (20, 15, 10, 5)),), fields=CHILD),
    DemoPatient(16, "Amélie Dubreuil", "female", 1, 77, Course(112, (Bleed(20, 36, transfused=True, confirmed=False),)),
        110, (5,), tapers=(Taper(17, (15, 10, 7.5)),), fields=CHILD,
        said=((12, "diagnosis", (("text", "Pulmonary hemosiderosis, acute phase."), ("phase", "acute"))),)),
    DemoPatient(17, "Tomasz Wilczek", "male", 2, 88, Course(114, (Bleed(300, 30), Bleed(120, 26))), 420, (10,),
        tapers=(Taper(297, (20, 15, 10)), Taper(117, (20, 15, 10, 7.5))), fields=CHILD),
    DemoPatient(18, "Ayşe Korkmazer", "female", 5, 110, Course(121, (Bleed(52, 28),)), 380, (7,), fields=CHILD,
        tapers=(reaching(3, (20, 15, 10, 7.5, 5), unconfirmed=1),)),
    DemoPatient(19, "Mateo Ibarrola", "male", 6, 117, Course(123, (Bleed(50, 26),)), 360, (8,), fields=CHILD,
        tapers=(reaching(3, (30, 20, 15, 10, 5), days=5, unconfirmed=1),)),
    DemoPatient(20, "Freya Lindqvist", "female", 8, 128, Course(126, (Bleed(78, 30),)), 640, (9,), fields=CHILD,
        tapers=(reaching(4, (30, 25, 20, 15, 10, 7.5), days=12, unconfirmed=1),)),
    DemoPatient(21, "Seun Adebowale", "male", 10, 139, Course(129, (Bleed(700, 34),)), 1000, (19,),
        tapers=(Taper(697, (40, 30, 20, 10, 5)),), fields=CHILD),
    DemoPatient(22, "Hana Nováčková", "female", 12, 151,
        Course(128, (Bleed(71, 30), Bleed(5, 30, hemoptysis="teaspoon", confirmed=False))), 560, (12, 3, 1),
        tapers=(reaching(4, (40, 30, 20, 15, 10, 7.5), days=12),), fields=CHILD),
    DemoPatient(23, "Dimitri Vasilakos", "male", 13, 158, Course(133, (Bleed(48, 30),)), 600, (6,), fields=CHILD,
        tapers=(reaching(3, (40, 30, 20, 15, 10), days=10, unconfirmed=1, held=True),)),
    DemoPatient(24, "Yuki Hayashida", "female", 15, 160, Course(124, drift=4, ferritin=10), 520, (21,),
        fields=(*CHILD, ("menstruation", True))),
    DemoPatient(25, "Priya Raghunandan", "female", 16, 163,
        Course(127, (Bleed(760, 28), Bleed(460, 26), Bleed(260, 30), Bleed(130, 24))), 1000, (15,),
        tapers=(Taper(757, (40, 30, 20, 10)), Taper(257, (40, 30, 20, 10)), Taper(127, (40, 30, 20, 15, 10))),
        fields=CHILD),
    DemoPatient(26, "Kwame Ofosuhene", "male", 17, 176, Course(146, (Bleed(620, 30),)), 900, (24,),
        tapers=(Taper(617, (40, 30, 20, 10, 5)),), fields=CHILD),
    DemoPatient(27, "Leila Haddadian", "female", 9, 133, Course(127, (Bleed(11, 30, sputum="absent"),)), 480, (16, 9, 3),
        fields=CHILD, tapers=(reaching(1, (30, 20, 15, 10), days=8),), saturation=95),
    DemoPatient(28, "Oskar Brzozowski", "male", 7, 123, Course(125, (Bleed(420, 26),)), 700, (160,),
        tapers=(Taper(417, (30, 20, 10, 5)),), fields=CHILD),
    DemoPatient(29, "Nora Ferrantini", "female", 11, 145, Course(128, (Bleed(410, 28), Bleed(66, 34, film=3))), 800, (6,),
        stage=2, lung=0.82, tapers=(Taper(407, (40, 30, 20, 10)), Taper(63, (40, 30, 20, 15, 10))),
        said=((20, "remission", (("complete", False),)),), fields=CHILD),
    DemoPatient(30, "Samuel Okonedo", "male", 14, 165, Course(138, ferritin=30), 26, (5,), fields=CHILD),
)  # fmt: skip
"""16 an infant; 18 a step due today, 19 missed, 20 overdue, 23 still on the dose before; 22 a relapse while the dose falls;
24 iron deficient; 25 remissions that shorten; 27 a negative sputum to repeat; 28 silent; 29 a film of
stage III; 30 too little known."""

ADULTS: Final = (
    DemoPatient(31, "Ingrid Halvorstad", "female", 36, 170, Course(124, (Bleed(640, 26),)), 900, (11,),
        pregnant=(150, None), fields=ADULT, tapers=(Taper(637, (40, 30, 20, 10, 5)),)),
    DemoPatient(32, "Mariana Teixosa", "female", 29, 164, Course(125, (Bleed(560, 24),)), 820, (17,), pregnant=(330, 52),
        fields=ADULT),
    DemoPatient(33, "Walter Grünwaldt", "male", 84, 171, Course(137, (Bleed(500, 24),)), 760, (14,), lung=0.85,
        saturation=94, fields=(("smoking", "former"),), tapers=(Taper(497, (30, 20, 10, 7.5, 5)),)),
    DemoPatient(34, "Edith Marchesani", "female", 78, 158, Course(126, (Bleed(600, 22), Bleed(260, 20))), 1000, (18,),
        lung=0.6, stage=4, saturation=91, tapers=(Taper(597, (40, 30, 20, 10)), Taper(257, (30, 20, 10, 7.5))),
        fields=(*ADULT, ("oxygen_floor_percent", 88.0))),
    DemoPatient(35, "Ahmed Benslimani", "male", 45, 177, Course(145, (Bleed(9, 26, confirmed=False, foci=False),)), 800,
        (30, 6, 1), fields=ADULT),
    DemoPatient(36, "Katarina Juhászné", "female", 33, 167, Course(127), 640, (15,), coughed=((20, "streaks"),),
        fields=ADULT),
    DemoPatient(37, "Rasmus Toivola", "male", 51, 181, Course(147, (Bleed(80, 20, confirmed=False, foci=False),)), 760,
        (4,), fields=ADULT),
    DemoPatient(38, "Beatriz Carvalhosa", "female", 40, 165, Course(128, (Bleed(13, 14, 6, confirmed=False, foci=False),)),
        700, (33, 6, 2), fields=ADULT),
    DemoPatient(39, "Viktor Antonchenko", "male", 58, 176, Course(143, (Bleed(107, 30),)), 640, (63,), stage=2,
        fields=ADULT, tapers=(reaching(5, (40, 30, 20, 15, 10, 7.5), days=20),)),
    DemoPatient(40, "Chiara Bellandini", "female", 24, 168,
        Course(126, (Bleed(1060, 28), Bleed(690, 30), Bleed(430, 26), Bleed(250, 30), Bleed(130, 28))), 1090, (10,),
        stage=2, lung=0.78,
        tapers=(Taper(1057, (40, 30, 20, 10)), Taper(427, (40, 30, 20, 10)), Taper(127, (40, 30, 20, 15, 10))),
        fields=ADULT),
    DemoPatient(41, "Hugo Desmaretz", "male", 31, 183,
        Course(149, (Bleed(1000, 26), Bleed(880, 24), Bleed(690, 26), Bleed(390, 22))), 1080, (16,), fields=ADULT,
        tapers=(Taper(997, (40, 30, 20, 10)), Taper(387, (40, 30, 20, 10, 5)))),
    DemoPatient(42, "Sofía Altamirez", "female", 22, 162, Course(127, (Bleed(3, 44, 2, hemoptysis="moderate"),)), 560,
        (29, 2, 0), saturation=93, lung=0.85, fields=ADULT),
    DemoPatient(43, "Ronan Gallachóir", "male", 27, 179, Course(138, (Bleed(210, 30),), drift=3, ferritin=20), 680, (20,),
        tapers=(Taper(207, (40, 30, 20, 10, 5)),), fields=ADULT),
    DemoPatient(44, "Magdalena Stoicescu", "female", 62, 161, Course(130, (Bleed(36, 24),)), 720, (13, 5), stage=2,
        tapers=(reaching(3, (40, 30, 20, 15, 10), days=-2, unprotected=True),), fields=ADULT),
    DemoPatient(45, "Jun Takemori", "male", 48, 172,
        Course(144, (Bleed(12, 34, film=3, sputum="unfit", hemoptysis="streaks"),)), 690, (38, 10, 4), stage=3, lung=0.8,
        saturation=92, fields=ADULT),
    DemoPatient(46, "Ewa Domagalska", "female", 55, 166, Course(128, (Bleed(420, 34), Bleed(52, 66, 6, transfused=True))),
        900, (50, 46, 43), stage=4, lung=0.55, saturation=88, tapers=(Taper(417, (40, 30, 20, 10)),), died=41,
        fields=ADULT),
    DemoPatient(47, "Pedro Vilanovés", "male", 66, 170, Course(140, (Bleed(720, 26),)), 1000, (22,), lung=0.56, stage=4,
        saturation=90, tapers=(Taper(717, (40, 30, 20, 10, 7.5)),),
        fields=(("smoking", "former"), ("comorbidities", ("heart_disease",)), ("oximeter_at_home", True))),
    DemoPatient(48, "Astrid Kjeldgaard", "female", 19, 169, Course(129, (Bleed(350, 24),)), 520, (18,),
        tapers=(Taper(347, (40, 30, 20, 10, 5)),), fields=ADULT),
    DemoPatient(49, "Niko Papadimos", "male", 37, 178, Course(147), 480, (23,),
        fields=(("smoking", "current"), ("cigarettes_per_day", 6.0))),
    DemoPatient(50, "Farah Zandieh", "female", 26, 163, Course(128, (Bleed(480, 26),)), 620, (14,),
        tapers=(Taper(477, (40, 30, 20, 10, 5)),), fields=ADULT),
    DemoPatient(51, "Gustav Elofsgård", "male", 43, 180, Course(146), 700, (10,), fields=(*ADULT, ("altitude_m", 1200.0))),
    DemoPatient(52, "Tereza Malířová", "female", 30, 168, Course(127, (Bleed(150, 28),)), 560, (8,),
        tapers=(Taper(147, (40, 30, 20, 15, 10, 7.5), stopped=3),), fields=ADULT),
)  # fmt: skip
"""31 pregnant, 32 was; 33 the eldest; 35, 36, 37, 38 the life of an alert; 39 overdue tests; 40 remissions that shorten, 41 that
grow; 42 a moderate hemoptysis; 43 iron deficient; 44 a step in two days, and no prophylaxis; 45 a film of stage III; 46 died; 47
the right heart; 48, 49 files; 50 an event taken back; 51 a result corrected; 52 stopped at once."""

ELSEWHERE: Final = (
    DemoPatient(53, "Zsófia Bartalosi", "female", 6, 116, Course(122, (Bleed(4, 30),)), 420, (20, 4, 1), elsewhere=True,
        fields=CHILD),
    DemoPatient(54, "Daniel Wójtowski", "male", 12, 150, Course(131, (Bleed(390, 26),)), 560, (12,),
        tapers=(Taper(387, (40, 30, 20, 10, 5)),), elsewhere=True, fields=CHILD),
    DemoPatient(55, "Aino Rautakoski", "female", 3, 95, Course(116, (Bleed(220, 24),)), 380, (9,),
        tapers=(Taper(217, (20, 15, 10, 5)),), elsewhere=True, fields=CHILD),
    DemoPatient(56, "Bruno Ferreirim", "male", 9, 134, Course(128), 460, (16,), elsewhere=True, fields=CHILD),
    DemoPatient(57, "Salma Elkhatibi", "female", 14, 157, Course(127, (Bleed(320, 28),)), 640, (13,),
        tapers=(Taper(317, (40, 30, 20, 10, 5)),), elsewhere=True, fields=CHILD),
    DemoPatient(58, "Jakub Horálek", "male", 16, 172, Course(141, (Bleed(500, 28),)), 760, (15,),
        tapers=(Taper(497, (40, 30, 20, 10, 5)),), elsewhere=True, fields=CHILD),
    DemoPatient(59, "Elif Aydınlı", "female", 8, 127, Course(125, (Bleed(90, 28),)), 500, (7,), elsewhere=True,
        fields=CHILD, tapers=(reaching(4, (30, 20, 15, 10, 7.5), days=17),)),
    DemoPatient(60, "Marek Sobotník", "male", 11, 144, Course(130, (Bleed(600, 24),)), 820, (200,),
        tapers=(Taper(597, (40, 30, 20, 10, 5)),), elsewhere=True, fields=CHILD),
)  # fmt: skip
"""57 is open to the first team as a guest; 58 was the first team's before; 60 is silent."""

PEOPLE: Final = (*CHILDREN, *ADULTS, *ELSEWHERE)
