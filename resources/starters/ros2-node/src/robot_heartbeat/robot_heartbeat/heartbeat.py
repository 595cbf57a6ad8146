"""Publishes load and free memory of the payload computer on /diagnostics once a second."""

import os

import rclpy
from diagnostic_msgs.msg import DiagnosticArray, DiagnosticStatus, KeyValue
from rclpy.executors import ExternalShutdownException
from rclpy.node import Node

MEMORY_LOW = 200_000  # kB


def available_memory():
    """Kilobytes that programs may still take, as the kernel estimates them."""
    with open("/proc/meminfo", encoding="ascii") as lines:
        for line in lines:
            if line.startswith("MemAvailable:"):
                return int(line.split()[1])
    return 0


class Heartbeat(Node):
    def __init__(self):
        super().__init__("robot_heartbeat")
        self._publisher = self.create_publisher(DiagnosticArray, "/diagnostics", 10)
        self.create_timer(1.0, self._beat)
        self.get_logger().info("publishing on /diagnostics")

    def _beat(self):
        memory, load = available_memory(), os.getloadavg()[0]
        low = memory < MEMORY_LOW
        status = DiagnosticStatus(
            level=DiagnosticStatus.WARN if low else DiagnosticStatus.OK,
            name="payload computer",
            message="memory is low" if low else "ok",
            values=[KeyValue(key="available_kb", value=str(memory)), KeyValue(key="load", value=f"{load:.2f}")],
        )
        message = DiagnosticArray(status=[status])
        message.header.stamp = self.get_clock().now().to_msg()
        self._publisher.publish(message)


def main():
    rclpy.init()
    node = Heartbeat()
    try:
        rclpy.spin(node)
    except (KeyboardInterrupt, ExternalShutdownException):
        pass
    finally:
        node.destroy_node()
        rclpy.try_shutdown()
