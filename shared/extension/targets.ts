import type { Platform } from '../docker/platform.ts';

export const TARGET_IDS = [
  'spot-core-io',
  'orbit',
  'ifm-ovp80x',
  'ifm-ovp81x',
  'raspberry-pi-64',
  'raspberry-pi-32',
  'raspberry-pi-zero',
  'jetson',
  'generic-ssh',
] as const;
export type TargetId = (typeof TARGET_IDS)[number];

/** One row of the table of targets: the same ids serve `--target` and device profiles. */
export interface Target {
  id: TargetId;
  title: string;
  /** One line for the person who chooses. */
  summary: string;
  /** Null: asked from the engine, or chosen by the person (an x86-64 computer is generic-ssh with linux/amd64). */
  platform: Platform | null;
  /** installation_target of a manifest for this target, where it takes .spx files itself. */
  installationTarget?: 'spot' | 'orbit';
  /** Host ports that the target lets in from outside, and those it keeps for itself. */
  ports?: { from: number; to: number; reservedTcp: number[] };
  /** Whether an NVIDIA GPU can be asked for. */
  gpu: boolean;
  /** Whether udev rules of an extension are installed there. */
  udev: boolean;
}

export const TARGETS: Readonly<Record<TargetId, Target>> = {
  'spot-core-io': {
    id: 'spot-core-io',
    title: 'Spot CORE I/O',
    summary: 'The payload computer on Spot. Takes .spx files.',
    platform: 'linux/arm64',
    installationTarget: 'spot',
    ports: { from: 21000, to: 22000, reservedTcp: [21443] },
    gpu: true,
    udev: true,
  },
  orbit: {
    id: 'orbit',
    title: 'Orbit Site Hub',
    summary: 'The fleet server. Takes .spx files; udev rules are ignored.',
    platform: 'linux/amd64',
    installationTarget: 'orbit',
    gpu: false,
    udev: false,
  },
  'ifm-ovp80x': {
    id: 'ifm-ovp80x',
    title: 'ifm VPU OVP80x',
    summary: 'O3R vision unit, 4 GB memory, about 8 GB of disk.',
    platform: 'linux/arm64',
    gpu: true,
    udev: false,
  },
  'ifm-ovp81x': {
    id: 'ifm-ovp81x',
    title: 'ifm VPU OVP81x',
    summary: 'O3R vision unit with a separate disk for Docker.',
    platform: 'linux/arm64',
    gpu: true,
    udev: false,
  },
  'raspberry-pi-64': {
    id: 'raspberry-pi-64',
    title: 'Raspberry Pi, 64-bit',
    summary: 'Raspberry Pi OS 64-bit on Pi 3, 4, 5 or Zero 2.',
    platform: 'linux/arm64',
    gpu: false,
    udev: true,
  },
  'raspberry-pi-32': {
    id: 'raspberry-pi-32',
    title: 'Raspberry Pi, 32-bit',
    summary: '32-bit user land, also when the kernel is 64-bit.',
    platform: 'linux/arm/v7',
    gpu: false,
    udev: true,
  },
  'raspberry-pi-zero': {
    id: 'raspberry-pi-zero',
    title: 'Raspberry Pi Zero and Pi 1',
    summary: 'ARMv6: images for ARMv7 stop with "Illegal instruction".',
    platform: 'linux/arm/v6',
    gpu: false,
    udev: true,
  },
  jetson: {
    id: 'jetson',
    title: 'NVIDIA Jetson',
    summary: 'JetPack; the L4T version of the image must match.',
    platform: 'linux/arm64',
    gpu: true,
    udev: true,
  },
  'generic-ssh': {
    id: 'generic-ssh',
    title: 'Other Linux with Docker',
    summary: 'Choose the platform yourself, or let the engine tell it.',
    platform: null,
    gpu: true,
    udev: true,
  },
};

/** The target that a manifest's installation_target stands for; Spot where it says nothing. */
export function targetOfManifest(installationTarget: string | undefined): TargetId {
  return installationTarget === 'orbit' ? 'orbit' : 'spot-core-io';
}
