"""`python -m counterpart_openapi` runs the program."""

import os
import subprocess
import sys

from ._program import binary_path

command = [binary_path(), *sys.argv[1:]]
if os.name == "nt":
    sys.exit(subprocess.run(command).returncode)
os.execv(command[0], command)
