"""A cable that can be pulled: passes bytes between a device's port and a pty for the host, and hears what the device says. Not a test."""

from __future__ import annotations

import contextlib
import os
import pty
import threading
import tty

import serial

from firmware_bridge import framing, wire

WRITE_MOST_S = 10.0  # an emulated board on a busy machine reads late


class Tap:
    """pulled: nothing passes. held: what the host sends waits until it is let go."""

    def __init__(self, device_path: str) -> None:
        self._device = serial.Serial(device_path, wire.BAUD_BPS, timeout=0.005, write_timeout=WRITE_MOST_S)
        self._master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self._master, False)
        self.host_path = os.ttyname(self._slave)
        self.pulled = False
        self.held = False
        self.from_host = bytearray()
        self.said: list[wire.Status | wire.Screen] = []
        self._waiting = bytearray()
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=work, name=work.__name__) for work in (self._to_device, self._to_host)]
        for thread in self._threads:
            thread.start()

    def __enter__(self) -> Tap:
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        self._device.close()
        os.close(self._master)
        os.close(self._slave)

    def inject(self, sent: bytes) -> None:
        """Bytes to the device, as if from the host. Only while pulled: one writer at a time."""
        assert self.pulled
        self._device.write(sent)

    def statuses(self) -> list[wire.Status]:
        return [message for message in self.said if isinstance(message, wire.Status)]

    def _to_device(self) -> None:
        while not self._stopping.wait(0.002):
            try:
                got = os.read(self._master, 4096)
            except OSError:
                continue
            if self.pulled:
                continue
            self.from_host += got
            self._waiting += got
            if not self.held:
                with contextlib.suppress(serial.SerialTimeoutException):  # a device that does not read: a full buffer loses, as a UART does
                    self._device.write(bytes(self._waiting))
                self._waiting.clear()

    def _to_host(self) -> None:
        state = framing.DecoderState()
        while not self._stopping.is_set():
            try:
                got = self._device.read(256)
            except serial.SerialException:
                return  # the device has ended
            state, packets = framing.feed(state, got)
            self.said += [packet for packet in packets if isinstance(packet, wire.Status | wire.Screen)]
            if got and not self.pulled:
                try:
                    os.write(self._master, got)
                except OSError:
                    continue  # the host does not read: a full buffer loses, as a UART does
