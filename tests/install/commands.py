"""Running what a user would type: ends with all that was printed when a command fails."""

import os
import subprocess
import sys

WARNINGS = "-Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror"


def environment(**changes):
    """Ours without what would let a program find libraries or packages by accident."""
    kept = {name: value for name, value in os.environ.items()
            if name not in ("LD_LIBRARY_PATH", "CMAKE_PREFIX_PATH", "PKG_CONFIG_PATH", "TARN_CONFIG")
            and not name.startswith("XDG_")}
    return {**kept, **changes}


def run(*command, cwd=None, **changes):
    """What the command prints; ends the test when it fails."""
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=cwd, env=environment(**changes), text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
    if done.returncode != 0:
        sys.exit(f"{' '.join(words)}\nended with {done.returncode}:\n{done.stdout}")
    return done.stdout


def check(claim, holds, found=""):
    """Prints the claim; ends the test when it does not hold."""
    if not holds:
        sys.exit(f"does not hold: {claim}\n{found}")
    print(f"  {claim}", flush=True)
