#!/bin/sh
# SPDX-License-Identifier: MIT
# Install the Debian packages named as arguments that are not installed yet.
set -eu
missing=""
for package in "$@"; do
	dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' ||
		missing="$missing $package"
done
[ -z "$missing" ] && exit 0
echo "installing:$missing"
elevate=""
[ "$(id -u)" -eq 0 ] || elevate="sudo"
$elevate apt-get update -q
# shellcheck disable=SC2086 # the list is meant to be split
DEBIAN_FRONTEND=noninteractive $elevate apt-get install -q -y --no-install-recommends $missing
