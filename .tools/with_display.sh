#!/bin/sh
# Runs a command with a display: the present one, or a virtual one.
if [ -n "$DISPLAY" ] || [ -n "$WAYLAND_DISPLAY" ]; then exec "$@"; fi
if ! command -v xvfb-run >/dev/null 2>&1; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        apt-get update --quiet && apt-get install --yes --quiet xvfb xauth || exit 1
    else
        echo "No display. Run: sudo apt-get install xvfb xauth" >&2
        exit 1
    fi
fi
exec xvfb-run --auto-servernum --server-args="-screen 0 1920x1200x24" "$@"
