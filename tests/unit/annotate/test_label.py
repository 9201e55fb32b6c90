"""A label, its line in truth.jsonl's form, and back."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from edge.annotate.label import Label, LabelError, Slot, fields_of, label_of, line_of, missing, parse, plan_of, state_of, target_px
from edge.catalogue import NO_VIEW, VIEWS
from edge.source import truth
from edge.types import ScreenLeft
from firmware_bridge.wire import Procedure, Side
from tests.unit.annotate.labels import UNHURRIED, labels

BASE = {"frame": "a.png", "clip": "a", "captured_ns": 0, "mm_per_px": [0.2, 0.2], "origin_px": [300.0, 10.0], "geometry": {"kind": "rectangle"}}
FACET = Label(
    "transverse_facet",
    False,
    ScreenLeft.PATIENT_LEFT,
    Side.RIGHT,
    "s1",
    {
        "spinous_process": (Slot((300.0, 100.0), ""),),
        "lamina": (Slot(None, "hidden"), Slot((350.0, 160.0), "")),
        "facet": (Slot((210.0, 170.0), ""), Slot((395.0, 168.0), "")),
    },
    True,
)


def kept(label: Label) -> Label:
    """What a label is after it was written and read; a view without a side keeps none, and none but a view has landmarks."""
    plan = plan_of(label.view)
    return label if plan and plan.sided else replace(label, side=Side.NONE)


@UNHURRIED
@given(labels())
def test_a_label_is_read_back_as_it_was_written(label: Label) -> None:
    line = json.loads(json.dumps(line_of(BASE, label), allow_nan=False))
    done = state_of(label) == "done"
    assert label_of(line, done=done) == kept(label)
    # the page goes on after a restart where what it sent is what is there
    assert fields_of(label_of(line, done=done)) == fields_of(kept(label))


@UNHURRIED
@given(labels())
def test_what_is_done_is_a_line_of_truth_and_what_is_unsure_never_is(label: Label) -> None:
    line = line_of(BASE, label)
    assert ("state" in line) == (state_of(label) != "done")
    assert (state_of(label) == "done") <= (not missing(label))
    if state_of(label) == "done":
        read = truth.parse(json.loads(json.dumps(line)))
        assert read.view == label.view
        assert not any(slot.mark in ("unsure", "open") for slots in label.slots.values() for slot in slots)


@UNHURRIED
@given(labels())
def test_what_the_page_is_sent_comes_back_the_same(label: Label) -> None:
    assert parse(json.loads(json.dumps(fields_of(label)))) == label


@pytest.mark.parametrize(
    ("side", "left", "target"),
    [
        (Side.RIGHT, ScreenLeft.PATIENT_LEFT, (395.0, 168.0)),
        (Side.LEFT, ScreenLeft.PATIENT_LEFT, (210.0, 170.0)),
        (Side.RIGHT, ScreenLeft.PATIENT_RIGHT, (210.0, 170.0)),
        (Side.RIGHT, ScreenLeft.UNKNOWN, None),
        (Side.NONE, ScreenLeft.PATIENT_LEFT, None),
    ],
)
def test_the_target_is_the_chosen_sides(side: Side, left: ScreenLeft, target: Any) -> None:
    assert target_px(replace(FACET, side=side, screen_left=left), (0.2, 0.2)) == target


def caudal(**slots: Any) -> Label:
    found = {"hiatus_apex": (Slot(None, "cut"),), "scl": (Slot((100.0, 50.0), ""),), "sacral_floor": (Slot((100.0, 100.0), ""),)} | slots
    return Label("longitudinal_sacral_hiatus", False, ScreenLeft.CRANIAL, Side.NONE, "", found, True)


def test_a_target_of_two_landmarks_follows_its_procedures_rule() -> None:
    assert target_px(caudal(), (0.2, 0.2)) == (100.0, 62.5)  # 2.5 mm past the ligament
    assert target_px(caudal(), None) is None
    assert target_px(caudal(sacral_floor=(Slot(None, "hidden"),)), (0.2, 0.2)) is None
    lips = {"median_crest": (Slot((300.0, 50.0), ""),)}
    lips |= {f"foramen_{lip}_lip": (Slot((280.0 - u, 90.0), ""), Slot((320.0 + u, 90.0), "")) for lip, u in (("medial", 10), ("lateral", 30))}
    assert target_px(Label("transverse_s1", False, ScreenLeft.PATIENT_LEFT, Side.LEFT, "", lips, True), (0.2, 0.2)) == (260.0, 90.0)


def test_what_is_missing_is_said_in_words() -> None:
    assert missing(Label()) == ("choose the view",)
    assert missing(Label(NO_VIEW)) == ()
    open_one = replace(FACET, side=Side.NONE, slots=FACET.slots | {"facet": (Slot(), Slot((395.0, 168.0), ""))})
    assert missing(open_one) == ("choose the target's side, the patient's", "facet, screen's left: place it, or mark it hidden or cut off")
    assert missing(replace(FACET, screen_left=ScreenLeft.CRANIAL)) == ("say what is drawn at the screen's left",)
    assert state_of(open_one) == "open"
    assert state_of(replace(FACET, finished=False)) == "open"
    assert state_of(replace(FACET, view_unsure=True)) == "unsure"
    assert state_of(FACET) == "done"


def test_a_truth_without_marks_says_hidden_where_nothing_is_and_a_lone_point_has_its_side() -> None:
    line = {"frame": "a.png", "view": "transverse_facet", "procedure": "facet", "side": "left", "screen_left": "patient_left"}
    line |= {"landmarks": {"spinous_process": [[300, 100]], "facet": [[395, 168]]}}
    slots = label_of(line, done=True).slots
    assert slots["facet"] == (Slot(None, "hidden"), Slot((395.0, 168.0), ""))
    assert slots["lamina"] == (Slot(None, "hidden"),) * 2
    assert label_of(line, done=False).slots["lamina"] == (Slot(),) * 2


def test_a_changed_target_loses_the_tissue_that_belonged_to_the_other() -> None:
    base = BASE | {"tissue_target_probe_mm": [1, 2], "target": [395.0, 168.0], "kind": "view"}
    assert "tissue_target_probe_mm" in line_of(base, FACET)
    moved = line_of(base, replace(FACET, side=Side.LEFT))
    assert "tissue_target_probe_mm" not in moved
    assert moved["kind"] == "view"


@pytest.mark.parametrize(
    "change",
    [
        {"view": "sideways"}, {"side": "both"}, {"screen_left": "up"}, {"slots": {"facet": [{"at": [1, 2], "mark": ""}]}},
        {"slots": {"facet": [{"at": None, "mark": ""}] * 2}}, {"slots": {"facet": [{"at": [1, float("nan")], "mark": ""}] * 2}}, {"slots": None},
        {"slots": {"spinous_process": [{"at": [1, 2], "mark": "hidden"}]}}, {"slots": {"facet": 3}},
    ],
)  # fmt: skip
def test_what_is_no_label_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(LabelError):
        parse(fields_of(FACET) | change)


def test_a_pair_that_was_exchanged_is_put_in_order() -> None:
    sent = fields_of(FACET)
    sent["slots"]["lamina"] = [{"at": [350, 160], "mark": "unsure"}, {"at": [250, 160], "mark": ""}]
    assert parse(sent).slots["lamina"] == (Slot((250.0, 160.0), ""), Slot((350.0, 160.0), "unsure"))


def test_every_view_belongs_to_a_procedure() -> None:
    assert [view for view in VIEWS if plan_of(view) is None] == []
    assert plan_of("longitudinal_sacral_hiatus") == plan_of("transverse_sacral_hiatus")
    assert plan_of(NO_VIEW) is None
    assert Procedure.NONE not in {plan_of(view).procedure for view in VIEWS}  # type: ignore[union-attr]
