/** What a key of a udev rule may be used for. attr: it takes a name in braces, `ATTR{idVendor}`. */
export interface UdevKey {
  match: boolean;
  assign: boolean;
  attr: 'needed' | 'optional' | 'none';
}

const match = (attr: UdevKey['attr'] = 'none'): UdevKey => ({ match: true, assign: false, attr });
const assign = (attr: UdevKey['attr'] = 'none'): UdevKey => ({ match: false, assign: true, attr });
const both = (attr: UdevKey['attr'] = 'none'): UdevKey => ({ match: true, assign: true, attr });

/** Keys of udev rules: udev(7) and systemd's src/udev/udev-rules.c. */
export const UDEV_KEYS: Readonly<Record<string, UdevKey>> = {
  ACTION: match(),
  DEVPATH: match(),
  KERNEL: match(),
  KERNELS: match(),
  SUBSYSTEM: match(),
  SUBSYSTEMS: match(),
  DRIVER: match(),
  DRIVERS: match(),
  ATTRS: match('needed'),
  CONST: match('needed'),
  TAGS: match(),
  TEST: match('optional'),
  RESULT: match(),
  ATTR: both('needed'),
  SYSCTL: both('needed'),
  ENV: both('needed'),
  TAG: both(),
  NAME: both(),
  SYMLINK: both(),
  PROGRAM: both(),
  IMPORT: both('needed'),
  OWNER: assign(),
  GROUP: assign(),
  MODE: assign(),
  SECLABEL: assign('needed'),
  RUN: assign('optional'),
  LABEL: assign(),
  GOTO: assign(),
  OPTIONS: assign(),
  WAIT_FOR: assign(),
  WAIT_FOR_SYSFS: assign(),
};

/** Keys that udev had once, with what stands for them now. Rules with them are skipped. */
export const UDEV_GONE: Readonly<Record<string, string>> = {
  BUS: 'SUBSYSTEMS',
  ID: 'KERNELS',
  PLACE: 'KERNELS',
  SYSFS: 'ATTRS',
  MODALIAS: 'ENV{MODALIAS}',
  LAST_RULE: '',
};

export const UDEV_OPERATORS = ['==', '!=', '=', '+=', '-=', ':='] as const;
export type UdevOperator = (typeof UDEV_OPERATORS)[number];

/** Names below /dev that the kernel or udev's own rules make: no rule of the extension is needed for them. */
const KERNEL_NAMES =
  /^(null|zero|full|random|urandom|console|ptmx|pts|tty\w*|ttyUSB\d+|ttyACM\d+|ttyAMA\d+|ttyTHS\d+|ttyS\d+|video\d+|media\d+|v4l(-subdev\d+)?|snd|dri|dma_heap|kfd|bus|i2c-\d+|spidev[\d.]+|gpio\w*|gpiochip\d+|nv\w*|nvidia\w*|nvhost\w*|nvmap|input|uinput|uhid|hidraw\d+|js\d+|usb|mem|kmem|kmsg|fuse|net|shm|disk|serial\d*|by-id|mapper|loop\d*|loop-control|sd[a-z]+\d*|mmcblk\w*|nvme\w*|rfcomm\d+|rfkill|can\d+|vhost-\w+|kvm|rtc\d*|watchdog\d*|hwrng|vcio|vchiq|vcsm-cma|apex_\d+|hailo\d+|cec\d+|iio:device\d+|ppp|tpm\w*|mei\d*|cpu_dma_latency|host1x|tegra\w*|accel|char|block|mqueue|hugepages|vfio|pps\d+|ptp\d+|lirc\d+|fb\d+|cuse|autofs|btrfs-control|lightnvm|port|log|initctl|core|fd|stdin|stdout|stderr)(\/|$)/;

/** True where the kernel or the system itself makes this device: `path` is absolute, below /dev. */
export function isSystemDevice(path: string): boolean {
  return KERNEL_NAMES.test(path.replace(/^\/dev\//, ''));
}
