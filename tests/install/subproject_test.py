#!/usr/bin/env python3
"""Configures the tutorial's project with tarn inside it, by add_subdirectory and by FetchContent.

    subproject_test.py --source TREE --work DIRECTORY
"""

import argparse
import json
import shutil
from pathlib import Path

from commands import check, run
from tutorial import write_project

WAYS = {
    "add_subdirectory": 'add_subdirectory("@source@" tarn)',
    "FetchContent": 'include(FetchContent)\n'
                    'FetchContent_Declare(tarn SOURCE_DIR "@source@")\n'
                    'FetchContent_MakeAvailable(tarn)',
}


def configure(source, project, way):
    write_project(source, project)
    text = (project / "CMakeLists.txt").read_text()
    inside = text.replace("find_package(tarn 0.1 REQUIRED)", WAYS[way].replace("@source@", str(source)))
    check(f"{way}: the tutorial's project has a line to put it in", inside != text)
    (project / "CMakeLists.txt").write_text(inside)
    run("cmake", "-G", "Ninja", "-S", project, "-B", project / "build",
        "-DCMAKE_EXPORT_COMPILE_COMMANDS=ON")
    return project / "build"


def check_configured(source, build, way):
    commands = json.loads((build / "compile_commands.json").read_text())
    files = {Path(entry["file"]): entry["command"] for entry in commands}
    ours = files[next(path for path in files if path.name == "publisher.cpp")]
    check(f"{way}: its flags stay inside tarn",
          "-Werror" not in ours and "-fno-exceptions" not in ours and f"-I{source} " not in ours, ours)
    theirs = {path.relative_to(source).parent for path in files
              if path.is_relative_to(source) and not path.is_relative_to(build.parent)}
    programs = [room for room in theirs if room.parts[0] not in ("platform", "middleware")
                or "cli" in room.parts]
    check(f"{way}: nothing but the libraries is built", theirs and not programs, programs)
    installs = (build / "tarn" / "cmake_install.cmake", build / "_deps" / "tarn-build" /
                "cmake_install.cmake")
    check(f"{way}: the project's own installation does not get tarn's files",
          not any("libtarn" in path.read_text() for path in installs if path.exists()))


def check_built(build, way):
    run("cmake", "--build", build, "--target", "CMakeFiles/publisher.dir/publisher.cpp.o")
    check(f"{way}: the tutorial's publisher compiles", True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("--source", "--work"):
        parser.add_argument(name, type=Path, required=True)
    options = parser.parse_args()
    shutil.rmtree(options.work, ignore_errors=True)
    for way in WAYS:
        build = configure(options.source, options.work / way, way)
        check_configured(options.source, build, way)
        check_built(build, way)


if __name__ == "__main__":
    main()
