"""COCO keypoints: written as its own reader takes them, and read back the same."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given

from edge.annotate import coco
from edge.annotate.desk import Desk
from edge.annotate.label import Label, Slot, label_of, line_of, state_of
from edge.catalogue import NO_VIEW, VIEWS
from tests.unit.annotate.labels import UNHURRIED, labels
from tests.unit.annotate.test_desk import NONE, folder_of, saved
from tests.unit.annotate.test_label import BASE, FACET, kept

SIZE = 600, 400


AT_ONE_PLACE = {
    "articular_process": (Slot((0.0, 0.0), "unsure"), Slot((0.0, 0.0), "")),
    "posterior_complex": (Slot((0.0, 0.0), ""),),
    "anterior_complex": (Slot((0.0, 0.0), ""),),
}


@UNHURRIED
@example(Label("transverse_interlaminar", slots=AT_ONE_PLACE))
@given(labels())
def test_a_whole_label_goes_to_coco_and_back(label: Label) -> None:
    """A frame that is done or set aside: others are not written."""
    label = kept(replace(label, finished=True))
    if state_of(label) == "open":
        return
    image = coco.image_of(1, line_of(BASE, label), SIZE)
    kinds = {kind["id"]: kind for kind in coco.categories()}
    sent = json.loads(json.dumps([image, coco.annotation_of(image, label)], allow_nan=False))
    line = coco.line_from(sent[0], sent[1], kinds, (0.0, 0.0))
    assert label_of({**BASE, **line}, done=bool(line["finished"])) == label


def test_every_keypoint_has_one_name() -> None:
    for kind, view in zip(coco.categories(), VIEWS.values(), strict=True):
        assert len(set(kind["keypoints"])) == len(kind["keypoints"]) == len(view.landmarks) + len(view.paired)
    assert [kind["name"] for kind in coco.categories()] == list(VIEWS)


UNSURE = replace(FACET, slots=FACET.slots | {"lamina": (Slot(None, "cut"), Slot((350.0, 160.0), "unsure"))})


def written(tmp_path: Path) -> tuple[Path, dict[str, Any]]:
    desk = Desk(folder_of(tmp_path / "frames", 4))
    for number, label in enumerate((FACET, NONE, UNSURE)):
        saved(desk, number, label)
    saved(desk, 3, replace(FACET, finished=False))
    assert coco.write(tmp_path / "coco.json", desk) == 3
    desk.close()
    return tmp_path / "coco.json", json.loads((tmp_path / "coco.json").read_text())


def test_a_folder_goes_out_and_into_another(tmp_path: Path) -> None:
    path, _ = written(tmp_path)
    desk = Desk(folder_of(tmp_path / "other", 4))
    taken = coco.read(path, desk)
    assert taken == coco.Taken({"untouched": 0, "open": 0, "unsure": 1, "done": 2}, ())
    desk.close()
    lines = [(tmp_path / name / "truth.jsonl").read_text() for name in ("frames", "other")]
    assert lines[0] == lines[1]


def test_cocos_own_reader_takes_it(tmp_path: Path) -> None:
    reader = pytest.importorskip("pycocotools.coco", reason="pip install pycocotools")
    evaluation = pytest.importorskip("pycocotools.cocoeval")
    path, _ = written(tmp_path)
    own = reader.COCO(str(path))
    assert len(own.getImgIds()) == 3
    found = own.loadAnns(own.getAnnIds(catIds=own.getCatIds(catNms=["transverse_facet"])))
    assert [(each["num_keypoints"], each["keypoints"][:3]) for each in found] == [(4, [300.0, 100.0, 2]), (4, [300.0, 100.0, 2])]
    # its own measure, of the labels against themselves
    said = [{key: each[key] for key in ("image_id", "category_id", "keypoints")} | {"score": 1.0} for each in found]
    (tmp_path / "said.json").write_text(json.dumps(said))
    judged = evaluation.COCOeval(own, own.loadRes(str(tmp_path / "said.json")), "keypoints")
    judged.params.kpt_oks_sigmas = judged.params.kpt_oks_sigmas[:5]
    judged.params.catIds = own.getCatIds(catNms=["transverse_facet"])
    judged.evaluate()
    judged.accumulate()
    judged.summarize()
    assert judged.stats[0] == pytest.approx(1.0)


def foreign(path: Path, **change: Any) -> Path:
    """As another program writes it: names of its own for files, no word of ours."""
    content = json.loads(path.read_text())
    for image in content["images"]:
        image.pop(coco.OWN)
        image["file_name"] = f"upload/{Path(image['file_name']).stem}.jpg"
        image.update(change)
    path.write_text(json.dumps(content))
    return path


def test_what_another_program_wrote_is_to_be_finished(tmp_path: Path) -> None:
    path, _ = written(tmp_path)
    desk = Desk(folder_of(tmp_path / "other", 4))
    taken = coco.read(foreign(path), desk)
    # frame 1 has no annotation: it may be none, or nobody has looked at it
    assert (taken.made["open"], taken.made["done"], taken.passed_over) == (2, 0, ())
    label = desk.sheet(0).label
    assert label.slots["facet"] == FACET.slots["facet"]
    assert label.slots["lamina"] == (Slot(), Slot((350.0, 160.0), ""))
    assert desk.sheet(1).state == "untouched"
    desk.close()


def test_pictures_of_another_size_are_passed_over_and_those_cut_from_them_shifted(tmp_path: Path) -> None:
    path, _ = written(tmp_path)
    folder = folder_of(tmp_path / "other", 4)
    cut = {"source_size_px": [800, 700], "offset_px": [100, 50]}
    lines = [json.loads(line) | cut for line in (folder / "proposed.jsonl").read_text().splitlines()]
    (folder / "proposed.jsonl").write_text("\n".join(map(json.dumps, lines)))
    desk = Desk(folder)
    assert coco.read(foreign(path, width=800, height=700), desk).made["open"] == 2
    assert desk.sheet(0).label.slots["spinous_process"] == (Slot((200.0, 50.0), ""),)
    again = coco.read(foreign_again(path, width=801), desk)
    assert again.made["open"] == 0
    assert "801x700 pixels" in again.passed_over[0]
    desk.close()


def foreign_again(path: Path, **change: Any) -> Path:
    content = json.loads(path.read_text())
    for image in content["images"]:
        image.update(change)
    path.write_text(json.dumps(content))
    return path


def changed(content: dict[str, Any], what: str) -> str:
    match what:
        case "no category of ours":
            content["categories"][0]["name"] = "person"
        case "another keypoint":
            content["categories"][0]["keypoints"][0] = "nose"
        case "too few numbers":
            content["annotations"][0]["keypoints"].pop()
        case "two annotations":
            content["annotations"][1]["image_id"] = content["annotations"][0]["image_id"]
        case "no number":
            content["annotations"][0]["keypoints"][0] = "x"
        case "no images":
            content.pop("images")
        case "a list":
            return "[]"
    return json.dumps(content)


def fresh_desk(tmp_path: Path, what: str) -> tuple[Path, Desk]:
    path, content = written(tmp_path)
    path.write_text(changed(content, what))
    return path, Desk(folder_of(tmp_path / "other", 4))


@pytest.mark.parametrize("what", ["no category of ours", "another keypoint", "too few numbers", "two annotations"])
def test_an_annotation_that_is_wrong_is_told_and_not_taken(tmp_path: Path, what: str) -> None:
    path, desk = fresh_desk(tmp_path, what)
    assert coco.read(path, desk).passed_over
    assert desk.sheet(0).state == "untouched"
    desk.close()


@pytest.mark.parametrize("what", ["no number", "no images", "a list"])
def test_a_file_that_is_wrong_changes_nothing(tmp_path: Path, what: str) -> None:
    path, desk = fresh_desk(tmp_path, what)
    with pytest.raises(coco.CocoError, match="it is COCO keypoints"):
        coco.read(path, desk)
    assert desk.counts()["untouched"] == 4
    desk.close()


def test_none_is_no_category() -> None:
    assert NO_VIEW not in {kind["name"] for kind in coco.categories()}
