"""A ROS 2 node that tells how the payload computer is doing."""
