"""`tuffier page`: the page's process, until it is told to end."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import stat
import sys
from collections.abc import Sequence
from pathlib import Path

from edge import extras
from edge.board import config as configs
from edge.board.page import address as addresses
from edge.board.page import token_file
from edge.board.page.address import AddressError
from edge.board.page.feed.feed import BOARD_SOCKET, SOCKET_NAME
from edge.catalogue import NOTICE

BAD_INPUT = 2


def page_command(words: list[str]) -> int:
    """Raises ConfigError."""
    options = _options(words)
    config = configs.load(options.config) if options.config else configs.Config()
    wanted = options.page or config.monitor.page
    if not wanted:
        print("page: [monitor] page is empty: none is served")
        return 0
    place = addresses.address(wanted)
    try:
        token = token_file.token(token_file.folder(os.environ))
        asyncio.run(_serve(place, options.socket or _own_socket(), token))
    except OSError as error:
        print(f"tuffier page: {error}: `tuffier monitor` starts it with a socket of its own", file=sys.stderr)
        return BAD_INPUT
    return 0


def _options(words: Sequence[str]) -> argparse.Namespace:
    text = f"Serves the local page, fed by the main job over a unix socket; `tuffier monitor` starts both. {NOTICE.capitalize()}."
    parser = argparse.ArgumentParser(prog="tuffier page", description=text, epilog="example: tuffier page --page 0.0.0.0:8642 --socket feed.sock")
    parser.add_argument("--config", type=Path, help="a TOML file over the defaults: [monitor] page says where")
    parser.add_argument("--page", metavar="ADDRESS:PORT", help=f"default {addresses.DEFAULT}: this machine's browsers only")
    parser.add_argument("--socket", type=Path, metavar="FILE", help=f"where the main job tells what it sees; default {BOARD_SOCKET}")
    return parser.parse_args(list(words))


def _own_socket() -> Path:
    return Path(os.environ.get("RUNTIME_DIRECTORY", str(BOARD_SOCKET.parent)).split(":")[0]) / SOCKET_NAME


async def _serve(place: tuple[str, int], feed: Path, token: str) -> None:
    """Until SIGTERM or SIGINT, or until whoever started it has gone. Raises AddressError, OSError."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    if stat.S_ISFIFO(os.fstat(0).st_mode):
        # a main job that is killed cannot end its page: the pipe between them does
        loop.add_reader(0, stopping.set)
    try:
        from edge.board.page.server import serve
    except ImportError as error:
        raise AddressError(f"the page needs a package more: {extras.cure('page')}") from error
    # a service's journal has more readers than the token
    shown = "" if "RUNTIME_DIRECTORY" in os.environ else token
    await serve(place, feed, token, lambda host, port: print(f"page: {addresses.urls(host, port, shown)[0]}", flush=True), stopping)
