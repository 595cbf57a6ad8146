import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { elfHead, elfMachine, expectedMachine, isForeignData, machineRuns } from '../../../../shared/docker/elf.ts';

function elf(options: { machine: number; type?: number; bits?: 32 | 64; big?: boolean }): Uint8Array {
  const { machine, type = 2, bits = 64, big = false } = options;
  const half = (value: number): number[] => (big ? [value >> 8, value & 255] : [value & 255, value >> 8]);
  return Uint8Array.from([0x7f, 0x45, 0x4c, 0x46, bits === 32 ? 1 : 2, big ? 2 : 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, ...half(type), ...half(machine)]);
}

describe('elfMachine', () => {
  it.each([
    [183, 64, 'aarch64'],
    [62, 64, 'x86_64'],
    [40, 32, 'arm'],
    [3, 32, 'i386'],
    [243, 64, 'riscv64'],
    [243, 32, 'riscv32'],
    [9999, 64, 'machine 9999'],
  ] as const)('reads machine %i of a %i-bit executable as %s', (machine, bits, word) => {
    expect(elfMachine(elf({ machine, bits }))).toBe(word);
    expect(elfMachine(elf({ machine, bits, type: 3 }))).toBe(word);
  });

  it('reads big-endian files by their own byte order', () => {
    expect(elfMachine(elf({ machine: 22, big: true }))).toBe('s390');
  });

  it('passes over objects, kernel modules and cores, which nothing executes', () => {
    expect(elfMachine(elf({ machine: 62, type: 1 }))).toBeNull();
    expect(elfMachine(elf({ machine: 62, type: 4 }))).toBeNull();
    expect(elfHead(elf({ machine: 62, type: 1 }))?.kind).toBe('relocatable');
  });

  it('says nothing of scripts, short files and impossible classes', () => {
    expect(elfMachine(new TextEncoder().encode('#!/bin/sh\necho hello there\n'))).toBeNull();
    expect(elfMachine(elf({ machine: 62 }).subarray(0, 19))).toBeNull();
    const odd = elf({ machine: 62 });
    odd[4] = 7;
    expect(elfMachine(odd)).toBeNull();
  });

  it('never throws, whatever the bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        elfMachine(bytes);
        elfMachine(Uint8Array.from([0x7f, 0x45, 0x4c, 0x46, ...bytes]));
      }),
    );
  });
});

describe('machineRuns', () => {
  it.each([
    ['aarch64', 'arm64', true],
    ['x86_64', 'arm64', false],
    ['arm', 'arm64', true],
    ['aarch64', 'arm', false],
    ['i386', 'amd64', true],
    ['aarch64', 'amd64', false],
    ['x86_64', 'something-new', true],
  ] as const)('%s on %s: %s', (machine, architecture, runs) => {
    expect(machineRuns(machine, architecture)).toBe(runs);
  });

  it('names the machine that was expected', () => {
    expect(expectedMachine('arm64')).toBe('aarch64');
  });
});

describe('isForeignData', () => {
  it.each([
    'usr/bin/qemu-aarch64-static',
    'usr/share/something/x86/tool',
    'lib/modules/6.1/kernel/a',
    'usr/lib/grub/x86_64-efi/core',
    'usr/lib/python3/test/data/hello',
    'opt/app/node_modules/serialport/prebuilds/linux-x64/node.napi.node',
    'usr/x86_64-linux-gnu/lib/libc.so.6',
    'opt/firmware/board.bin',
  ])('passes over %s', (path) => {
    expect(isForeignData(path)).toBe(true);
  });

  it.each([
    'usr/bin/python3',
    'app/server',
    'usr/lib/x86_64-linux-gnu/libc.so.6',
    'usr/local/lib/python3.11/site-packages/numpy/core.so',
    'opt/ros/humble/lib/node',
  ])('judges %s', (path) => {
    expect(isForeignData(path)).toBe(false);
  });
});
