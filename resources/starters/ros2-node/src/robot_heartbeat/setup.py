from setuptools import setup

setup(
    name="robot_heartbeat",
    version="1.0.0",
    packages=["robot_heartbeat"],
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/robot_heartbeat"]),
        ("share/robot_heartbeat", ["package.xml"]),
    ],
    install_requires=["setuptools"],
    entry_points={"console_scripts": ["heartbeat = robot_heartbeat.heartbeat:main"]},
)
