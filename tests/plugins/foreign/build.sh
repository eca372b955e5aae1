#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Builds a plugin as a third party does: in a directory that holds the public
# header and the plugin's source and nothing else, with a compiler and no meson.
#
#   build.sh HEADER SOURCE OUTPUT COMPILER...
set -eu
header=$1
source=$2
output=$(realpath -m "$3")
shift 3

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir -p "$dir/include/lwm2md"
cp "$header" "$dir/include/lwm2md/"
cp "$source" "$dir/"
cd "$dir"
"$@" -std=c11 -Wall -Wextra -Werror -Wno-unused-parameter -O2 \
        -shared -fPIC -fvisibility=hidden -I include/lwm2md \
        -o "$output" "$(basename "$source")"
