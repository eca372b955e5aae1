# SPDX-License-Identifier: LGPL-2.1-or-later
# What tests/run and tests/demo have in common; sourced from the top of the tree.
# Whatever the caller's settings are: Debian's tools, files that others may read, and text in UTF-8.
umask 022
PATH=/usr/sbin:/usr/bin:/sbin:/bin:$PATH
LC_ALL=C.UTF-8
PYTHONDONTWRITEBYTECODE=1
PYTHONNOUSERSITE=1
export PATH LC_ALL PYTHONDONTWRITEBYTECODE PYTHONNOUSERSITE
unset PYTHONPATH PYTHONHOME DESTDIR

# choose_build NAME: sets LWM2MD_BUILD, if it is not set, to a directory of the caller's own: the agent
# loads no plugin of another user.
choose_build() {
  [ "$(id -u)" -eq 0 ] && own=$PWD/$1 || own=$PWD/$1-$(id -un)
  export LWM2MD_BUILD="${LWM2MD_BUILD:-$own}"
  mkdir -p "$LWM2MD_BUILD" && [ -w "$LWM2MD_BUILD" ] ||
    { echo "$LWM2MD_BUILD: may not write there; set LWM2MD_BUILD to another directory" >&2; exit 1; }
  LWM2MD_BUILD=$(cd "$LWM2MD_BUILD" && pwd)
}
