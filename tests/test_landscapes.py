"""The surfaces and the descents on them, against derivatives by differences, torch's SGD and closed forms."""

import math

import pytest
import torch

from lrcourse.landscapes import SURFACES, contours, descend, edge, pits
from lrcourse.schedules import constant, cosine

EVERY = pytest.mark.parametrize("surface", SURFACES.values(), ids=SURFACES)
QUIET = [surface for surface in SURFACES.values() if not surface.noise]


def slope(surface, x, y, h=1e-6):
    along_x = surface.loss(x + h, y) - surface.loss(x - h, y)
    along_y = surface.loss(x, y + h) - surface.loss(x, y - h)
    return along_x / (2 * h), along_y / (2 * h)


@EVERY
def test_gradient_is_the_slope_of_the_loss(surface):
    for x, y in [surface.start, (0.3, -0.7), (-1.1, 0.2), (1.0, 0.5)]:
        assert surface.gradient(x, y) == pytest.approx(slope(surface, x, y), rel=1e-5, abs=1e-7)


@EVERY
def test_the_marked_minima_are_minima(surface):
    for x, y in surface.minima:
        assert surface.gradient(x, y) == pytest.approx((0, 0), abs=2e-3)
        around = [surface.loss(x + dx, y + dy) for dx in (-0.05, 0, 0.05) for dy in (-0.05, 0, 0.05)]
        assert min(around) == pytest.approx(surface.loss(x, y), abs=1e-6)


@EVERY
def test_sharpness_is_the_largest_eigenvalue_at_the_first_minimum(surface):
    (x, y), h = surface.minima[0], 1e-4
    rows = [
        [(a - b) / (2 * h) for a, b in zip(surface.gradient(x + h, y), surface.gradient(x - h, y), strict=True)],
        [(a - b) / (2 * h) for a, b in zip(surface.gradient(x, y + h), surface.gradient(x, y - h), strict=True)],
    ]
    largest = torch.linalg.eigvalsh(torch.tensor(rows, dtype=torch.float64))[-1].item()
    assert surface.sharpness == pytest.approx(largest, rel=0.02)


@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("surface", QUIET, ids=lambda surface: surface.title)
def test_descends_as_torch_does(surface, momentum):
    schedule = cosine(0.05, T_max=30)
    w = torch.tensor(surface.start, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.SGD([w], lr=1.0, momentum=momentum)
    path = [tuple(w.tolist())]
    for step in range(30):
        optimizer.param_groups[0]["lr"] = schedule(step)
        w.grad = torch.tensor(surface.gradient(*w.tolist()), dtype=torch.float64)
        optimizer.step()
        path.append(tuple(w.tolist()))
    ours = descend(surface, schedule, 30, momentum)
    assert len(ours) == 31
    for mine, theirs in zip(ours, path, strict=True):
        assert mine == pytest.approx(theirs, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("momentum", [0.0, 0.5, 0.9])
@pytest.mark.parametrize("name", ["bowl", "ravine"])
def test_edge_parts_convergence_from_divergence(name, momentum):
    surface = SURFACES[name]
    for factor, settles in [(0.98, True), (1.02, False)]:
        path = descend(surface, constant(factor * edge(surface, momentum)), 2000, momentum)
        assert (surface.loss(*path[-1]) < surface.loss(*surface.start)) is settles


def test_the_noise_floor_is_that_of_the_closed_form():
    surface, lr = SURFACES["noisy"], 0.05
    path = descend(surface, constant(lr), 40_000)[500:]
    floor = sum(surface.loss(*point) for point in path) / len(path)
    # x <- (1 - lr c) x - lr noise has variance lr**2 s**2 / (1 - (1 - lr c)**2), in two components, loss c x**2 / 2
    variance = (lr * surface.noise) ** 2 / (1 - (1 - lr * surface.sharpness) ** 2)
    assert floor == pytest.approx(surface.sharpness * variance, rel=0.05)


def test_a_seed_repeats_and_another_differs():
    surface = SURFACES["noisy"]
    assert descend(surface, constant(0.1), 20, seed=1) == descend(surface, constant(0.1), 20, seed=1)
    assert descend(surface, constant(0.1), 20, seed=1) != descend(surface, constant(0.1), 20, seed=2)


def test_a_run_that_diverges_ends_early():
    path = descend(SURFACES["ravine"], constant(1.0), 1000)
    assert len(path) < 30 and math.hypot(*path[-1]) > 1e6 > math.hypot(*path[-2])


def test_a_large_lr_leaves_the_narrow_minimum_and_a_small_one_stays():
    surface = SURFACES["two minima"]
    wide, narrow = surface.minima
    assert math.dist(descend(surface, constant(0.1), 100)[-1], narrow) < 0.01
    assert math.dist(descend(surface, cosine(0.8, T_max=100), 100)[-1], wide) < 0.01


@EVERY
def test_contours_lie_on_their_height_and_turn_round_low_ground(surface):
    left, right, bottom, top = surface.box
    for loss, lines in contours(surface):
        assert lines
        for line in lines:
            inner = [(x, y) for x, y in line if left < x < right and bottom < y < top]
            for x, y in inner:
                assert surface.loss(x, y) == pytest.approx(loss, rel=0.06)
            area = sum(a * d - b * c for (a, b), (c, d) in zip(line, [*line[1:], line[0]], strict=True)) / 2
            assert area > 0  # counter-clockwise: the low ground is on the left


def test_contour_of_a_circle_has_the_area_of_the_circle():
    (_, [line]), *_ = reversed(contours(SURFACES["noisy"], levels=4))
    loss = contours(SURFACES["noisy"], levels=4)[-1][0]
    area = sum(a * d - b * c for (a, b), (c, d) in zip(line, [*line[1:], line[0]], strict=True)) / 2
    assert area == pytest.approx(math.pi * 2 * loss / 10, rel=0.02)


def test_bad_arguments_name_themselves():
    surface = SURFACES["bowl"]
    for arguments, word in [
        ((0.1, 5), "schedule"),
        ((constant(0.1), -1), "steps"),
        ((constant(0.1), 5, 1.0), "momentum"),
    ]:
        with pytest.raises((TypeError, ValueError), match=word):
            descend(surface, *arguments)


def test_the_surfaces_are_those_that_the_lessons_draw():
    boxes = {(-4.0, 4.0, -2.4, 2.4): ["ravine", "bowl", "two minima"], (-2.0, 2.0, -1.2, 1.2): ["noisy"]}
    assert {name: box for box, names in boxes.items() for name in names} == {n: s.box for n, s in SURFACES.items()}
    starts = {"ravine": (-3.2, 1.4), "bowl": (-3.2, 1.6), "noisy": (-1.6, 0.8), "two minima": (2.4, 0.9)}
    assert starts == {name: surface.start for name, surface in SURFACES.items()}
    assert {name: surface.noise for name, surface in SURFACES.items() if surface.noise} == {"noisy": 1.5}
    curved = {"ravine": (0.5, 16.0), "bowl": (4.0, 2.0), "noisy": (10.0, 10.0)}
    for name, (a, b) in curved.items():
        assert SURFACES[name].gradient(1.0, 1.0) == (a, b)
    pits_loss = SURFACES[
        "two minima"
    ].loss  # 3 minus the pits of depths 3 and 1.6, and half of 0.1 times the distance's square
    for x, y in [(2.4, 0.9), (-1.5, -0.4), (1.2, 0.35), (0.0, 0.0)]:
        wide = 3 * math.exp(-((x + 1.5) ** 2 + (y + 0.4) ** 2) / 2 / 1.2**2)
        narrow = 1.6 * math.exp(-((x - 1.2) ** 2 + (y - 0.35) ** 2) / 2 / 0.45**2)
        assert pits_loss(x, y) == pytest.approx(3 + 0.05 * (x * x + y * y) - wide - narrow, rel=1e-12)


def test_pits_are_as_deep_as_told():
    loss, _ = pits((2.0, 0.1, 0.0, 0.0), rim=0.0)
    assert loss(0, 0) == 0 and loss(5, 5) == pytest.approx(2.0)
