#!/usr/bin/env python3
"""Installs tarn to a prefix, moves the prefix, and lets the tutorial's project use it.

    install_test.py --kind static|shared --source TREE --work DIRECTORY
                    (--build BUILD | --library-directory lib/ARCHITECTURE)

BUILD is a built tree whose libraries are of that kind; without it one is built in DIRECTORY, with
the libraries where a distribution for several architectures has them.
"""

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from commands import WARNINGS, check, environment, run
from tutorial import write_project

WATCHDOG_SECONDS = 60
MESSAGES = 5


def build_other_kind(source, build, kind, library_directory):
    """The libraries and programs, as cheap as the compiler makes them: what counts is how they link."""
    shared = "ON" if kind == "shared" else "OFF"
    run("cmake", "-G", "Ninja", "-S", source, "-B", build, f"-DBUILD_SHARED_LIBS={shared}",
        f"-DCMAKE_INSTALL_LIBDIR={library_directory}", "-DCMAKE_BUILD_TYPE=Debug", "-DCMAKE_CXX_FLAGS_DEBUG=-O0", "-DCMAKE_C_FLAGS_DEBUG=-O0",
        "-DTARN_GROUP_SOURCES=ON",
        "-DTARN_BUILD_TESTS=OFF", "-DTARN_BUILD_EXAMPLES=OFF", "-DTARN_BUILD_BENCH=OFF")
    run("cmake", "--build", build)


def paths_below(directory):
    return {str(path.relative_to(directory)) for path in directory.rglob("*") if not path.is_dir()}


def install(build, work):
    """The two components, staged as a packager does it, put together in a place of their own."""
    for component in ("runtime", "development"):
        run("cmake", "--install", build, "--prefix", "/usr", "--component", component,
            DESTDIR=str(work / component))
    everything = work / "staged"
    run("cmake", "--install", build, "--prefix", "/usr", DESTDIR=str(everything))
    parts = [paths_below(work / component) for component in ("runtime", "development")]
    check("the components runtime and development are all there is",
          parts[0] | parts[1] == paths_below(everything) and not parts[0] & parts[1])
    prefix = work / "moved" / "prefix"
    prefix.parent.mkdir()
    (everything / "usr").rename(prefix)
    return prefix, parts


def check_files(source, build, prefix, kind):
    installed = paths_below(prefix)
    headers = {f"include/{path}" for path in paths_below(source / "middleware" / "include")}
    check("the public headers are installed and no others",
          headers == {path for path in installed if path.startswith("include/")})
    check("the programs are installed", {"bin/tarn", "bin/tarn-broker"} <= installed)
    ending = ".a" if kind == "static" else ".so"
    examples = {f"share/tarn/{name}.yaml" for name in ("tiny", "default", "camera")}
    check("configuration files to start from and their schema are installed",
          examples | {"share/tarn/tarn.schema.json"} <= installed, installed)
    schema = json.loads((prefix / "share" / "tarn" / "tarn.schema.json").read_text())
    check("the schema is one of JSON", schema["$schema"].startswith("https://json-schema.org/"))
    unit = prefix / "lib" / "systemd" / "system" / "tarn-broker@.service"
    check("the unit starts the broker where it was to be installed",
          "ExecStart=/usr/bin/tarn-broker --wait" in unit.read_text(), unit.read_text())
    check("the user it names is installed", "lib/sysusers.d/tarn.conf" in installed, installed)
    for name in ("libtarn", "libtarn_broker", "libtarn_config"):
        check(f"{name}{ending} is installed",
              any(path.endswith(f"/{name}{ending}") for path in installed))
    texts = [path for path in prefix.rglob("*") if path.suffix in (".cmake", ".pc")]
    absolute = [str(path) for path in texts
                if re.search(f"{source}|{build}|/usr/", path.read_text())]
    check("no file for other build systems names a directory of the build or of the prefix",
          len(texts) >= 8 and not absolute, absolute)


def check_exports(prefix):
    library = next(prefix.rglob("libtarn.so"))
    lines = run("readelf", "-W", "--dyn-syms", library).splitlines()
    ours = [line.split()[7] for line in lines if "@@TARN_" in line and " OBJECT " not in line]
    public = [name for name in ours if "@@TARN_PRIVATE_" not in name]
    inner = [name for name in public
             if re.match(r"_ZNK?4tarn\d+(?:broker|config|directory|event|host|node|plan|platform|pool|port|"
                         r"ring|vocabulary|wire)\D", name)]
    check(f"the {len(public)} public symbols of libtarn.so are of the public interface",
          any("4tarn4Node4open" in name for name in public) and not inner, inner)


class Domain:
    """Programs on a runtime directory of their own; none outlives it."""

    def __init__(self):
        place = "/dev/shm" if os.path.isdir("/dev/shm") else None
        self.directory = tempfile.TemporaryDirectory(prefix="tarn-install-", dir=place)
        self.processes = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.processes:
            if process.poll() is None:
                process.kill()
                process.wait()
        self.directory.cleanup()

    def start(self, *command, **changes):
        process = subprocess.Popen(
            [str(word) for word in command], cwd="/", text=True, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env=environment(TARN_RUNTIME_DIR=self.directory.name, **changes))
        self.processes.append(process)
        return process

    def run(self, *command, **changes):
        process = self.start(*command, **changes)
        output, _ = process.communicate(timeout=WATCHDOG_SECONDS)
        return process.returncode, output


def start_broker(domain, prefix):
    """By the command, from another directory, with a PATH that does not have it."""
    broker = domain.start(prefix / "bin" / "tarn", "broker", PATH="/usr/bin:/bin")
    seen = []
    for line in broker.stdout:
        seen.append(line)
        if line.startswith("tarn-broker ready"):
            return broker
    sys.exit(f"tarn broker ended: {''.join(seen)}")


def check_programs(what, programs, prefix, broker, **changes):
    """The tutorial's programs, side by side; with a daemon, or one of them has the role."""
    with Domain() as domain:
        daemon = start_broker(domain, prefix) if broker else None
        publisher = domain.start(programs / "publisher", **changes)
        first = publisher.stdout.readline()
        check(f"{what}: the publisher publishes", first == "sent 1\n", first)
        code, output = domain.run(programs / "subscriber", str(MESSAGES), **changes)
        numbers = re.findall(r"^number (\d+): ", output, re.MULTILINE)
        check(f"{what}: the subscriber receives {MESSAGES} messages",
              code == 0 and len(numbers) == MESSAGES and f"received {MESSAGES}, lost 0" in output,
              output)
        code, topics = domain.run(prefix / "bin" / "tarn", "topic", "list")
        check(f"{what}: tarn topic list shows the topic", code == 0 and topics == "room/temperature\n",
              topics)
        check_end(f"{what}: the publisher ends when told", publisher, -signal.SIGTERM)
        if daemon:
            check_end(f"{what}: the broker ends when told", daemon, 0)


def check_end(what, process, code):
    process.send_signal(signal.SIGTERM)
    output, _ = process.communicate(timeout=WATCHDOG_SECONDS)
    check(what, process.returncode == code, f"{process.returncode}: {output}")


def check_configured(what, program, prefix, **changes):
    """The program's own broker goes by the file that TARN_CONFIG names."""
    tarn, file = prefix / "bin" / "tarn", prefix / "share" / "tarn" / "tiny.yaml"
    check(f"{what}: the file holds", f"{file}: ok" in run(tarn, "config", "check", file))
    planned = json.loads(run(tarn, "config", "plan", "--json", file))["pool_bytes"]
    with Domain() as domain:
        publisher = domain.start(program, TARN_CONFIG=str(file), **changes)
        first = publisher.stdout.readline()
        pool = Path(domain.directory.name, "default", "pool")
        found = pool.stat().st_size if pool.exists() else first
        check(f"{what}: the pool has the planned {planned} bytes", found == planned, found)
        check_end(f"{what}: the publisher ends when told", publisher, -signal.SIGTERM)


def check_without_broker(what, program):
    with Domain() as domain:
        code, output = domain.run(program)
        check(f"{what}: without a broker it says so", code == 1 and "broker" in output, output)


def check_find_package(source, work, prefix, target):
    project = work / f"project-{target.replace('::', '-')}"
    write_project(source, project, target)
    run("cmake", "-G", "Ninja", "-S", project, "-B", project / "build",
        f"-DCMAKE_PREFIX_PATH={prefix}", f"-DCMAKE_CXX_FLAGS={WARNINGS}")
    run("cmake", "--build", project / "build")
    what, client_alone = f"find_package, {target}", target == "tarn::client"
    check_programs(what, project / "build", prefix, broker=client_alone)
    if client_alone:
        check_without_broker(what, project / "build" / "publisher")


def check_component(source, work, prefix):
    """tarn::config, which is there for who asks for it."""
    project = work / "project-tarn-config"
    write_project(source, project, "tarn::tarn tarn::config")
    file = project / "CMakeLists.txt"
    text = file.read_text()
    asking = text.replace("find_package(tarn 0.1 REQUIRED)",
                          "find_package(tarn 0.1 REQUIRED COMPONENTS config)")
    check("tarn::config: the tutorial's project has a line to ask in", asking != text)
    file.write_text(asking)
    run("cmake", "-G", "Ninja", "-S", project, "-B", project / "build",
        f"-DCMAKE_PREFIX_PATH={prefix}", f"-DCMAKE_CXX_FLAGS={WARNINGS}")
    run("cmake", "--build", project / "build")
    check_configured("find_package, tarn::config", project / "build" / "publisher", prefix)


def check_pkg_config(source, work, prefix, package, *options):
    if shutil.which("pkg-config") is None:
        print(f"SKIPPED: pkg-config {package}: there is no pkg-config; install pkgconf")
        return
    project = work / f"project-pkg-config-{package}"
    write_project(source, project)
    libraries = next(prefix.rglob("libtarn.*")).parent
    found = run("pkg-config", "--cflags", "--libs", *options, package,
                PKG_CONFIG_PATH=str(libraries / "pkgconfig")).split()
    for program in ("publisher", "subscriber"):
        run(os.environ.get("CXX", "c++"), "-std=c++20", *WARNINGS.split(), project / f"{program}.cpp",
            "-o", project / program, *found)
    changes = {"LD_LIBRARY_PATH": str(libraries)}
    check_programs(f"pkg-config, {package}", project, prefix, broker=package == "tarn-client", **changes)
    if package == "tarn-config":
        check_configured("pkg-config, tarn-config", project / "publisher", prefix, **changes)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kind", choices=("static", "shared"), required=True)
    parser.add_argument("--library-directory", default="lib")
    for name in ("--source", "--work", "--build"):
        parser.add_argument(name, type=Path)
    options = parser.parse_args()
    source, work = options.source, options.work
    build = options.build or work / "build"
    if not options.build:
        build_other_kind(source, build, options.kind, options.library_directory)
    run_directory = work / "run"
    shutil.rmtree(run_directory, ignore_errors=True)
    run_directory.mkdir(parents=True)

    prefix, (runtime, _) = install(build, run_directory)
    check_files(source, build, prefix, options.kind)
    check("the component runtime is what programs need to run",
          all(re.search(r"/bin/|\.so\.|/share/tarn/|/systemd/|/sysusers", path)
              for path in runtime), runtime)
    if options.kind == "shared":
        check_exports(prefix)
    check_find_package(source, run_directory, prefix, "tarn::tarn")
    check_find_package(source, run_directory, prefix, "tarn::client")
    check_component(source, run_directory, prefix)
    static = ["--static"] if options.kind == "static" else []
    check_pkg_config(source, run_directory, prefix, "tarn", *static)
    check_pkg_config(source, run_directory, prefix, "tarn-client")
    check_pkg_config(source, run_directory, prefix, "tarn-config", *static)


if __name__ == "__main__":
    main()
