"""The running device: configuration, threads, port, terminal, storage. Nothing that only watches can slow the path."""
