"""Test modules here may import from each other."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
