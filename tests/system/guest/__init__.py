# SPDX-License-Identifier: LGPL-2.1-or-later
"""What runs inside the machine and looks at the agent there; plain Python, without pytest."""
