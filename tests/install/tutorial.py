"""The programs of docs/tutorial.md, taken from its text, so that the text cannot be wrong."""

import re
from pathlib import Path

_FILE = re.compile(r"^<!-- file: (\S+) -->\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def files(source):
    """Name and content of every file that the tutorial asks to write."""
    text = (source / "docs" / "tutorial.md").read_text()
    return dict(_FILE.findall(text))


def write_project(source, directory, target="tarn::tarn"):
    """The tutorial's project in an empty directory, linked with `target`."""
    directory.mkdir(parents=True)
    for name, content in files(source).items():
        Path(directory, name).write_text(content.replace("tarn::tarn)", f"{target})"))
