"""Write the files of a folder again, as plainly as Python can, and print how long it took.

    python bare_write.py SOURCE TARGET

Everything is read into memory first; what is timed is the making of the folders, each once,
and the writing of the files into TARGET, which must not exist. Printed are the
seconds by the clock and those of the processor.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path


def main() -> None:
    source, target = Path(sys.argv[1]), sys.argv[2]
    contents = {
        f"{target}/{path.relative_to(source)}": path.read_bytes()
        for path in sorted(source.rglob("*"))
        if path.is_file()
    }
    start, used = time.perf_counter(), time.process_time()
    made = set()
    for path, data in contents.items():
        folder = path.rpartition("/")[0]
        if folder not in made:
            os.makedirs(folder, exist_ok=True)  # noqa: PTH103 - the yardstick is to be fast
            made.add(folder)
        with open(path, "wb") as file:  # noqa: PTH123 - as above
            file.write(data)
    print(time.perf_counter() - start, time.process_time() - used)


if __name__ == "__main__":
    main()
