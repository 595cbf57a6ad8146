#!/bin/bash
# Makes ROS and this workspace known, then becomes the command, so that it receives SIGTERM itself.
set -e
source /opt/ros/humble/setup.bash
source /ws/install/setup.bash
exec "$@"
