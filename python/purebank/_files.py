"""Files that are there as a whole or not at all, as the library writes its own."""

from __future__ import annotations

import itertools
import os

from ._arrays import PathLike, fs

_numbers = itertools.count()


def write_whole(path: PathLike, data: bytes) -> None:
    """By another file beside it, which becomes the new one at the end; through symbolic links. The process's umask holds, as of any file."""
    target = os.path.realpath(fs(path))
    folder, name = os.path.split(target)
    while True:
        # below NAME_MAX, whatever the target is called; one that a crash has left is passed over
        partial = os.path.join(folder, b".%s.%d-%d.tmp" % (name[:100], os.getpid(), next(_numbers)))
        try:
            file = open(partial, "xb")
            break
        except FileExistsError:
            continue
    try:
        with file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, target)
    except BaseException:
        os.unlink(partial)
        raise
