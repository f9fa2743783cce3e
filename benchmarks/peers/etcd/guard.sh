#!/bin/sh
# Runs one member of etcd until standard input is closed, which it also is when whoever started this was killed.
# Usage: guard.sh FOLDER etcd …; says the member's process id, and removes the folder at the end.
trap '' INT TERM HUP
folder=$1
shift
"$@" &
member=$!
echo "$member"
cat >/dev/null
kill -KILL "$member" 2>/dev/null
wait "$member" 2>/dev/null
rm -rf "$folder"
rmdir "$(dirname "$folder")" 2>/dev/null
exit 0
