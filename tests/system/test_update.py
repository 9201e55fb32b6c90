"""Updates of a board with two slots, by the real RAUC: two_slots.py says what is real and what stands in. No board is booted here."""

from __future__ import annotations

import contextlib
import functools
import http.server
import os
import random
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.update import backend, slots, trial
from edge.update.places import Places
from edge.update.slots import Slot, SlotError, Slots
from tests.system import two_slots
from tests.system.boards import DISARMED
from tests.system.two_slots import NO_CAMERA, NO_START, WELL, TwoSlots

ALL = [Slots(kept, tried) for kept, tried in (("A", None), ("A", "B"), ("B", None), ("B", "A"))]
SYSTEMD = Path(__file__).resolve().parents[2] / "systemd"
MISSING = f"not here: {', '.join(two_slots.NEEDED)}: sudo apt install rauc dbus squashfs-tools openssl"
with_rauc = pytest.mark.skipif(bool(two_slots.NEEDED), reason=MISSING)


# --- which slot starts ---

STEPS: list[tuple[str, Slots, list[str], Slots]] = [
    ("an update is tried next", Slots("A"), ["set-primary", "B"], Slots("A", "B")),
    ("what is kept needs no trial", Slots("A", "B"), ["set-primary", "A"], Slots("A")),
    ("a slot about to be written is not started", Slots("A", "B"), ["set-state", "B", "bad"], Slots("A")),
    ("what is kept is found bad", Slots("A"), ["set-state", "A", "bad"], Slots("B")),
    ("what runs is found good", Slots("A", "B"), ["set-state", "B", "good"], Slots("B")),
]


@pytest.fixture(params=[(slots.GRUB_FILE, slots.grub_text), (slots.PI_FILE, slots.pi_text)], ids=["GRUB", "Pi"])
def boot(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    name, text = request.param
    (tmp_path / name).write_bytes(text(Slots()))
    return tmp_path


@pytest.mark.parametrize(("name", "before", "words", "after"), STEPS, ids=[case[0] for case in STEPS])
def test_what_rauc_says_changes_what_starts(name: str, before: Slots, words: list[str], after: Slots, boot: Path) -> None:  # noqa: ARG001
    slots.write(boot, before)
    assert backend.answer(boot, words) == ""
    assert slots.read(boot) == after


@pytest.mark.parametrize("state", ALL, ids=str)
def test_what_is_written_is_read_and_rauc_hears_of_it(state: Slots, boot: Path) -> None:
    slots.write(boot, state)
    assert slots.read(boot) == state
    assert backend.answer(boot, ["get-primary"]) == slots.primary(state)
    good: list[Slot] = [slot for slot in ("A", "B") if backend.answer(boot, ["get-state", slot]) == "good"]
    assert good == sorted({state.kept, state.trial or state.kept})


@given(before=st.sampled_from(ALL), after=st.sampled_from(ALL), text=st.sampled_from([slots.grub_text, slots.pi_text]))
def test_all_that_differs_lies_in_one_sector(before: Slots, after: Slots, text: object) -> None:
    assert callable(text)
    one, two = text(before), text(after)
    assert len(one) == len(two)
    assert one[slots.SECTOR :] == two[slots.SECTOR :]


@given(st.binary(max_size=1200))
def test_any_bytes_name_a_slot(damaged: bytes) -> None:
    for read in (slots.slots_of_grub, slots.slots_of_pi):
        state = read(damaged)
        assert state.kept in ("A", "B")
        assert state.trial in (None, slots.other(state.kept))


def test_a_board_without_two_slots_says_so(tmp_path: Path) -> None:
    with pytest.raises(SlotError, match="no second slot"):
        slots.read(tmp_path)
    with pytest.raises(SlotError, match="does not know"):
        backend.answer(tmp_path, ["format"])


# --- what counts as well ---

STATES = [
    ("as before", WELL, {"source", "device"}, ""),
    ("the camera is lost", NO_CAMERA, {"source", "device"}, "the main job has lost its source"),
    ("the device is lost", WELL.replace("device connected", "no device"), {"source", "device"}, "the main job has lost its device"),
    ("frames stopped", WELL.replace("30 frames/s", "0 frames/s"), {"source"}, "the main job has lost its source"),
    ("there was no camera before", NO_CAMERA.replace("=active", "=activating"), {"device"}, ""),
    ("it does not start", NO_START, set(), "the main job does not start"),
    ("it failed", "ActiveState=failed\n", set(), "the main job has failed"),
    ("the manager says nothing", "", set(), "the main job does not start"),
]


@pytest.mark.parametrize(("name", "state", "needed", "why"), STATES, ids=[case[0] for case in STATES])
def test_what_counts_as_well(name: str, state: str, needed: set[str], why: str) -> None:  # noqa: ARG001
    assert trial.trouble(state, frozenset(needed)) == why


STARTING = "ActiveState=activating\nStatusText=\nNRestarts=0\n"
NO_FRAME = STARTING.replace("=\nN", "=waiting for the source: no frame yet; device waiting for the device to answer\nN")
OFF = STARTING.replace("=\nN", f"=waiting for the source: /dev/tuffier-video: not there; {DISARMED}\nN")
NO_DEVICE = WELL.replace("device connected", "device waiting for the device to answer")
BOTH, LAST_TIME = ("device", "source"), ("source",)
# what the main job says, look by look, the last of it from then on; what the other slot must have
TOLD: list[tuple[str, list[str], tuple[str, ...]]] = [
    ("it works", [WELL], BOTH),
    ("it just starts, then works", [STARTING, NO_FRAME, NO_FRAME, OFF, NO_DEVICE, WELL], BOTH),
    ("its scanner is switched off", [OFF], ("device",)),
    ("it has no device", [NO_DEVICE], ("source",)),
    ("its scanner was lost while it ran", [NO_CAMERA], ("device",)),
]
UNTOLD: list[tuple[str, list[str]]] = [
    ("it starts again and again", [STARTING]),
    ("it never answers a frame", [NO_FRAME]),
    ("the service manager says nothing", [""]),
    ("somebody stopped it", ["ActiveState=inactive\nStatusText=\n"]),
    ("it has failed", ["ActiveState=failed\nStatusText=\n"]),
]


def played(states: list[str]) -> Callable[[], str]:
    left = list(states)
    return lambda: left.pop(0) if len(left) > 1 else left[0]


@pytest.fixture
def places(tmp_path: Path) -> Places:
    return Places(boot=tmp_path, kept=tmp_path / "kept", running=tmp_path, boot_id=tmp_path, system=tmp_path)


@pytest.mark.parametrize(("name", "states", "needed"), TOLD, ids=[case[0] for case in TOLD])
def test_an_update_begun_early_waits_until_the_main_job_tells(name: str, states: list[str], needed: tuple[str, ...], places: Places) -> None:  # noqa: ARG001
    assert trial.demands(places, played(states), settle_s=0.02, most_s=60) == needed
    assert trial.read_had(places) == needed


@pytest.mark.parametrize(("name", "states"), UNTOLD, ids=[case[0] for case in UNTOLD])
def test_where_the_main_job_tells_nothing_what_it_last_had_counts(name: str, states: list[str], places: Places) -> None:  # noqa: ARG001
    trial.write_had(places, LAST_TIME)
    assert trial.demands(places, played(states), settle_s=0.02, most_s=0.2) == LAST_TIME
    assert trial.read_had(places) == LAST_TIME


def test_a_board_that_never_told_demands_a_start_alone(places: Places) -> None:
    assert trial.demands(places, played([STARTING]), settle_s=0.01, most_s=0.05) == ()
    (places.kept).mkdir()
    for odd in ("", "{}", "7", '["source", "probe", 3]'):
        (places.kept / trial.HAD).write_text(odd)
        assert trial.read_had(places) in ((), ("source",))


# --- the whole way ---


@pytest.fixture
def board(tmp_path: Path) -> Iterator[TwoSlots]:
    with TwoSlots(tmp_path) as board:
        yield board


def restart(board: TwoSlots) -> None:
    board.cut()
    board.start()


@pytest.mark.slow
@with_rauc
def test_twenty_updates_with_the_power_cut_at_random_moments(board: TwoSlots) -> None:
    """Each is cut once while it is installed and once while it is judged, and then done in peace. What starts is whole each time (TwoSlots.start)."""
    chance = random.Random(26)
    cuts = dict.fromkeys(("installing", "judging", "too late"), 0)
    for version in range(2, 22):
        bundle, before = board.bundle(version), board.running
        for step, words in (("installing", [str(bundle)]), ("judging", ["--settle", "--ready-s", "3", "--hold-s", "1"])):
            cuts["too late" if board.update_cut(chance.uniform(0, 5), *words) else step] += 1
            board.start()
            if step == "judging" or slots.read(board.root / "boot/firmware").kept == board.running:
                board.settle()
        if board.version(board.running) != version:
            done = board.update(str(bundle))
            assert done.returncode == 0, done.stderr
            restart(board)
            assert board.settle()
        assert board.version(board.running) == version
        assert board.running == slots.other(before)
        assert (board.root / "var/lib/settings").read_text() == "the technician's own\n"
    print(f"cuts: {cuts}")
    assert cuts["installing"] >= 5
    assert cuts["judging"] >= 5


@pytest.mark.slow
@with_rauc
def test_a_bundle_that_is_not_the_site_s_own_changes_nothing(board: TwoSlots) -> None:
    key, other = two_slots.make_key(board.folder, "other")
    good = board.bundle(2)
    damaged = board.folder / "damaged.raucb"
    content = bytearray(good.read_bytes())
    content[len(content) // 2] ^= 1
    damaged.write_bytes(content)
    cut_short = board.folder / "short.raucb"
    cut_short.write_bytes(content[:-100])
    before = (board.root / "B.img").read_bytes()
    for bundle in (board.bundle(2, key, other), board.bundle(2, compatible="another-board"), damaged, cut_short, board.folder / "absent.raucb"):
        done = board.update(str(bundle))
        assert done.returncode == 2, bundle
        assert (board.root / "B.img").read_bytes() == before, bundle
        assert slots.read(board.root / "boot/firmware") == Slots("A")
        print(bundle.name, done.stderr.decode())


@with_rauc
def test_two_bundles_of_one_root_differ_in_their_signature_alone(tmp_path: Path) -> None:
    """RAUC's plain format: a squashfs, a CMS signature with its time, the signature's length in eight bytes."""
    key, certificate = two_slots.make_key(tmp_path, "site")
    (tmp_path / "root.ext4").write_bytes(two_slots.image_of(2))
    contents = []
    for name in ("one", "two"):
        os.utime(tmp_path / "root.ext4")
        out = tmp_path / f"{name}.raucb"
        command = ["sh", str(SYSTEMD / "bundle.sh"), "--image", str(tmp_path / "root.ext4"), "--compatible", "board", "--version", "2"]
        command += ["--key", str(key), "--certificate", str(certificate), "--output", str(out)]
        subprocess.run(command, check=True, capture_output=True, env={**os.environ, "SOURCE_DATE_EPOCH": "1700000000"})
        whole = out.read_bytes()
        contents.append(whole[: -8 - int.from_bytes(whole[-8:], "big")])
    assert contents[0] == contents[1]


@pytest.mark.slow
@with_rauc
def test_a_board_in_use_is_written_but_not_restarted(board: TwoSlots) -> None:
    restarts = board.root / "restarts"
    (board.root / "service").write_text(WELL.replace("bracket disarmed", "bracket armed"))
    for words in ((str(board.bundle(2)), "--restart"), ("--restart",), ("--back", "--restart")):
        refused = board.update(*words)
        assert refused.returncode == 2
        assert b"not restarted: the bracket is armed; what was written stays" in refused.stderr
    assert not restarts.exists()
    assert board.version("B") == 2
    assert board.update("--restart", "--even-in-use").returncode == 0
    assert restarts.read_text() == "reboot\n"


@pytest.mark.parametrize(("service", "after"), [(NO_START, Slots("B")), (WELL, Slots("A"))], ids=["taken back", "kept"])
def test_no_slot_starts_once_after_a_trial_was_judged(service: str, after: Slots, boot: Path) -> None:
    """GRUB clears a trial before it starts it; a Pi's firmware writes nothing, and `--restart` would try the bad slot again."""
    places = Places(boot, boot / "kept", boot / "cmdline", boot / "boot_id", boot / "system.conf")
    places.running.write_text("rauc.slot=A\n")
    slots.write(boot, Slots("B", "A"))
    trial.write_pending(places, trial.Pending("A", "2", ("device", "source"), "of the start before", installed=True))
    assert trial.settle(places, lambda: service, ready_s=0.3, hold_s=0.05) == (after == Slots("A"))
    assert slots.read(boot) == after
    assert trial.read_pending(places) is None


BAD = [("its camera is gone", NO_CAMERA, "lost its source"), ("its main job does not start", NO_START, "does not start")]


@pytest.mark.slow
@with_rauc
@pytest.mark.parametrize(("name", "service", "why"), BAD, ids=[case[0] for case in BAD])
def test_a_system_that_lost_something_is_taken_back_and_says_why(board: TwoSlots, name: str, service: str, why: str) -> None:  # noqa: ARG001
    board.service[2] = service
    assert board.update(str(board.bundle(2))).returncode == 0
    restart(board)
    assert board.running == "B"
    assert not board.settle()
    assert (board.running, board.version("A")) == ("A", 1)
    assert why in board.last()
    assert why.encode() in board.update().stdout


@pytest.mark.slow
@with_rauc
def test_a_system_whose_program_does_not_run_at_all_is_taken_back(board: TwoSlots) -> None:
    assert board.update(str(board.bundle(2))).returncode == 0
    restart(board)
    script = board.root / "usr/lib/tuffier/settle"
    whole = script.read_text()
    script.write_text(whole.replace(board_python(whole), "/bin/false"))
    board.run("sh", str(script))
    assert "reboot" in (board.root / "restarts").read_text()
    script.write_text(whole)
    restart(board)
    assert board.settle()
    assert (board.running, slots.read(board.root / "boot/firmware")) == ("A", Slots("A"))
    assert "took slot B (2) back" in board.last()


def board_python(script: str) -> str:
    return next(line.split('"')[1] for line in script.splitlines() if "--settle" in line)


@pytest.mark.slow
@with_rauc
def test_a_start_on_trial_that_hangs_until_the_power_is_cut_is_the_last_of_it(board: TwoSlots) -> None:
    assert board.update(str(board.bundle(2))).returncode == 0
    restart(board)
    refused = board.update(str(board.bundle(3)))
    assert b"on trial itself" in refused.stderr
    restart(board)
    assert board.running == "A"
    assert board.settle()
    assert "took slot B (2) back" in board.last()


@pytest.mark.slow
@with_rauc
def test_the_way_back_by_hand_is_a_trial_too(board: TwoSlots) -> None:
    assert board.update(str(board.bundle(2))).returncode == 0
    restart(board)
    assert board.settle()
    assert board.update("--back", "--restart", "--quiet-s", "1").returncode == 0
    assert (board.root / "restarts").read_text() == "reboot\n"
    restart(board)
    assert (board.running, board.version("A")) == ("A", 1)
    assert board.settle()
    assert slots.read(board.root / "boot/firmware") == Slots("A")


@pytest.fixture
def small_data(board: TwoSlots) -> Iterator[Path]:
    """A data partition of its own, of 12 MB."""
    folder = board.root / "var/lib/tuffier-update"
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", str(folder)], check=False).returncode != 0:
        pytest.skip("a file system is mounted by root only")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def fill(folder: Path) -> None:
    with (folder / "recordings").open("wb", buffering=0) as out, contextlib.suppress(OSError):
        while True:
            out.write(bytes(4096))


@pytest.mark.slow
@with_rauc
def test_a_full_data_partition_refuses_an_update_and_keeps_no_board_in_a_bad_slot(board: TwoSlots, small_data: Path) -> None:
    board.service[3] = NO_CAMERA
    fill(small_data)
    refused = board.update(str(board.bundle(2)))
    assert refused.returncode == 2
    assert b"the data partition takes no note" in refused.stderr
    assert slots.read(board.root / "boot/firmware") == Slots("A")
    for version, stays in ((3, False), (4, True)):
        (small_data / "recordings").unlink()
        assert board.update(str(board.bundle(version))).returncode == 0
        restart(board)
        fill(small_data)
        assert board.settle() == stays
        assert board.version(board.running) == (version if stays else 1)


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """A test says nothing of what goes well."""


@pytest.mark.slow
@with_rauc
def test_from_the_site_s_address_a_stick_s_folder_and_where_there_is_no_room(board: TwoSlots, small_data: Path) -> None:
    bundle = board.bundle(2)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(board.folder))) as server:
        threading.Thread(target=server.serve_forever, name="the site", daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        refused = board.update(f"{address}/{bundle.name}")
        assert b"MB free, the bundle needs" in refused.stderr
        assert not list(small_data.glob("*.raucb"))
        subprocess.run(["mount", "-o", "remount,size=60m", str(small_data)], check=True)
        assert board.update(f"{address}/{bundle.name}").returncode == 0
        assert b"cannot be fetched" in board.update(f"{address}/absent.raucb").stderr
        server.shutdown()
    assert not list(small_data.glob("*.raucb"))
    restart(board)
    assert board.settle()
    stick = board.folder / "stick"
    stick.mkdir()
    assert b"found: none" in board.update(str(stick)).stderr
    board.bundle(3).rename(stick / "next.raucb")
    assert board.update(str(stick)).returncode == 0
