// Writes the program of the sample extension: a static ELF executable of about 500 bytes per architecture, assembled
// here by hand so that the sample builds FROM scratch, with no registry, no compiler and no binary in git.
//
// What it does, in every architecture alike:
//
//   started as "/hello"          every 5 s prints "hello from Spot, on aarch64" (the machine is the kernel's own word,
//                                by uname); SIGTERM and SIGINT print "stopping" and end it with exit code 0
//   started with any argument    prints the machine alone and ends
//
// Process 1 of a container has no default action for SIGTERM: without a handler of its own "docker stop" would wait ten
// seconds and kill it. So it installs one, which never returns (it exits), and therefore needs no way back.
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const BASE = 0x400000; // where the one segment (headers, code, constants; read and execute) is mapped
const UTSNAME = 400; // struct utsname is six char[65]; 390, rounded up for the stack's alignment
const MACHINE = 4 * 65; // its fifth field
const PAUSE_SECONDS = 5;
const HELLO = 'hello from Spot, on ';
const BYE = 'stopping\n';

// ---------------------------------------------------------------------------------------------------------------------
// A piece is {size, bytes(address, labels)}; a string is a label. `addressOf` gives what a label stands for.

const raw = (bytes) => ({ size: bytes.length, bytes: () => bytes });
const u32 = (value) => [value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, (value >>> 24) & 0xff];
const u64 = (value) => [...u32(value), ...u32(0)]; // addresses here are small
const word = (value, _assembly) => raw(u32(value));
const bytes = (hex, _assembly) => raw([...Buffer.from(hex.replaceAll(' ', ''), 'hex')]);
const ascii = (text) => raw([...Buffer.from(text, 'latin1')]);
const relative = (size, encode) => ({ size, bytes: (address, addressOf) => encode(address, addressOf) });
const align = (to) => ({ align: to });

/** The constants that follow the code. `width` is 4 or 8: of a pointer, a long and a time. */
function constants(width, signalFlags) {
  const field = width === 8 ? u64 : u32;
  return [
    'hello',
    ascii(HELLO),
    'newline',
    ascii('\n'),
    'bye',
    ascii(BYE),
    align(8),
    'pause',
    raw([...field(PAUSE_SECONDS), ...field(0)]), // struct timespec {seconds, nanoseconds}
    // The kernel's struct sigaction {handler, flags, restorer, 64-bit mask}; the C library's has another order.
    'action',
    relative(3 * width + 8, (_, addressOf) => [...field(addressOf('stop')), ...field(signalFlags), ...field(addressOf('stop')), ...u32(0), ...u32(0)]),
  ];
}

// ---------------------------------------------------------------------------------------------------------------------
// arm64: call number in x8, arguments from x0, result in x0. Numbers: include/uapi/asm-generic/unistd.h.

const a64 = {
  adr: (register, label) =>
    relative(4, (at, addressOf) => {
      const distance = addressOf(label) - at; // 21 bits: the low two at 29, the rest at 5
      return u32((0x10000000 | ((distance & 3) << 29) | (((distance >> 2) & 0x7ffff) << 5) | register) >>> 0);
    }),
  b: (label) => relative(4, (at, addressOf) => u32((0x14000000 | (((addressOf(label) - at) >> 2) & 0x3ffffff)) >>> 0)),
  bl: (label) => relative(4, (at, addressOf) => u32((0x94000000 | (((addressOf(label) - at) >> 2) & 0x3ffffff)) >>> 0)),
  cbz: (register, label) => relative(4, (at, addressOf) => u32((0x34000000 | ((((addressOf(label) - at) >> 2) & 0x7ffff) << 5) | register) >>> 0)),
  bgt: (label) => relative(4, (at, addressOf) => u32((0x54000000 | ((((addressOf(label) - at) >> 2) & 0x7ffff) << 5) | 0xc) >>> 0)),
  mov: (register, value) => word((0xd2800000 | (value << 5) | register) >>> 0, 'movz'),
  svc: word(0xd4000001, 'svc #0'),
};

// biome-ignore format: one line per thought of the program
const ARM64 = [
  'start',
  word(0xf94003f3, 'ldr x19, [sp]'), // argc
  word(0xd10643ff, `sub sp, sp, #${UTSNAME}`),
  word(0x910003e0, 'mov x0, sp'), a64.mov(8, 160), a64.svc, // uname(sp)
  word(0x910413f4, `add x20, sp, #${MACHINE}`),
  a64.mov(21, 0),
  'count', // x21 = strlen(x20)
  word(0x38756a81, 'ldrb w1, [x20, x21]'), a64.cbz(1, 'counted'),
  word(0x910006b5, 'add x21, x21, #1'), a64.b('count'),
  'counted',
  word(0xf100067f, 'cmp x19, #1'), a64.bgt('once'),
  a64.adr(1, 'action'), a64.mov(2, 0), a64.mov(3, 8), a64.mov(8, 134), // rt_sigaction(signal, action, null, sizeof mask)
  a64.mov(0, 15), a64.svc, // SIGTERM
  a64.mov(0, 2), a64.svc, // SIGINT
  'loop',
  a64.adr(1, 'hello'), a64.mov(2, HELLO.length), a64.bl('print'),
  word(0xaa1403e1, 'mov x1, x20'), word(0xaa1503e2, 'mov x2, x21'), a64.bl('print'),
  a64.adr(1, 'newline'), a64.mov(2, 1), a64.bl('print'),
  a64.adr(0, 'pause'), a64.mov(1, 0), a64.mov(8, 101), a64.svc, // nanosleep(pause, null)
  a64.b('loop'),
  'once',
  word(0xaa1403e1, 'mov x1, x20'), word(0xaa1503e2, 'mov x2, x21'), a64.bl('print'),
  a64.adr(1, 'newline'), a64.mov(2, 1), a64.bl('print'),
  a64.b('exit'),
  'stop',
  a64.adr(1, 'bye'), a64.mov(2, BYE.length), a64.bl('print'),
  'exit',
  a64.mov(0, 0), a64.mov(8, 94), a64.svc, // exit_group(0)
  'print', // write(1, x1, x2)
  a64.mov(0, 1), a64.mov(8, 64), a64.svc, word(0xd65f03c0, 'ret'),
  ...constants(8, 0),
];

// ---------------------------------------------------------------------------------------------------------------------
// 32-bit ARM, only instructions that ARMv6 has (Raspberry Pi Zero): call number in r7, arguments from r0, result in r0.
// Numbers: arch/arm/tools/syscall.tbl.

const a32 = {
  // pc reads as the instruction's own address + 8; the distance must fit 8 bits, or 8 bits shifted by two
  adr: (register, label) =>
    relative(4, (at, addressOf) => {
      const distance = addressOf(label) - at - 8;
      const immediate =
        distance >= 0 && distance < 256 ? distance : distance > 0 && distance < 1024 && distance % 4 === 0 ? 0xf00 | (distance >> 2) : Number.NaN;
      if (Number.isNaN(immediate)) throw new Error(`${label} is ${distance} bytes away: no such immediate`);
      return u32((0xe28f0000 | (register << 12) | immediate) >>> 0);
    }),
  branch: (opcode, label) => relative(4, (at, addressOf) => u32((opcode | (((addressOf(label) - at - 8) >> 2) & 0xffffff)) >>> 0)),
  b: (label) => a32.branch(0xea000000, label),
  bl: (label) => a32.branch(0xeb000000, label),
  beq: (label) => a32.branch(0x0a000000, label),
  bgt: (label) => a32.branch(0xca000000, label),
  mov: (register, value) => word((0xe3a00000 | (register << 12) | value) >>> 0, 'mov'), // value < 256
  svc: word(0xef000000, 'svc #0'),
};

// biome-ignore format: one line per thought of the program
const ARM32 = [
  'start',
  word(0xe59d4000, 'ldr r4, [sp]'), // argc
  word(0xe24dde19, `sub sp, sp, #${UTSNAME}`),
  word(0xe1a0000d, 'mov r0, sp'), a32.mov(7, 122), a32.svc, // uname(sp)
  word(0xe28d5f41, `add r5, sp, #${MACHINE}`),
  a32.mov(6, 0),
  'count', // r6 = strlen(r5)
  word(0xe7d51006, 'ldrb r1, [r5, r6]'), word(0xe3510000, 'cmp r1, #0'), a32.beq('counted'),
  word(0xe2866001, 'add r6, r6, #1'), a32.b('count'),
  'counted',
  word(0xe3540001, 'cmp r4, #1'), a32.bgt('once'),
  a32.adr(1, 'action'), a32.mov(2, 0), a32.mov(3, 8), a32.mov(7, 174), // rt_sigaction(signal, action, null, sizeof mask)
  a32.mov(0, 15), a32.svc, // SIGTERM
  a32.mov(0, 2), a32.svc, // SIGINT
  'loop',
  a32.adr(1, 'hello'), a32.mov(2, HELLO.length), a32.bl('print'),
  word(0xe1a01005, 'mov r1, r5'), word(0xe1a02006, 'mov r2, r6'), a32.bl('print'),
  a32.adr(1, 'newline'), a32.mov(2, 1), a32.bl('print'),
  a32.adr(0, 'pause'), a32.mov(1, 0), a32.mov(7, 162), a32.svc, // nanosleep(pause, null)
  a32.b('loop'),
  'once',
  word(0xe1a01005, 'mov r1, r5'), word(0xe1a02006, 'mov r2, r6'), a32.bl('print'),
  a32.adr(1, 'newline'), a32.mov(2, 1), a32.bl('print'),
  a32.b('exit'),
  'stop',
  a32.adr(1, 'bye'), a32.mov(2, BYE.length), a32.bl('print'),
  'exit',
  a32.mov(0, 0), a32.mov(7, 248), a32.svc, // exit_group(0)
  'print', // write(1, r1, r2)
  a32.mov(0, 1), a32.mov(7, 4), a32.svc, word(0xe12fff1e, 'bx lr'),
  ...constants(4, 0),
];

// ---------------------------------------------------------------------------------------------------------------------
// amd64: call number in rax, arguments in rdi, rsi, rdx, r10, result in rax; syscall overwrites rcx and r11.
// Numbers: arch/x86/entry/syscalls/syscall_64.tbl.

/** An instruction that ends in a distance of `size` bytes, counted from its own end. */
const x64 = (hex, size, label) => {
  const opcode = [...Buffer.from(hex.replaceAll(' ', ''), 'hex')];
  return relative(opcode.length + size, (at, addressOf) => [...opcode, ...u32((addressOf(label) - at - opcode.length - size) >>> 0).slice(0, size)]);
};
const call = (label) => x64('e8', 4, label);
const leaRsi = (label) => x64('48 8d 35', 4, label);
const setEdx = (value) => raw([0xba, ...u32(value)]);
const system = (number) => raw([0xb8, ...u32(number), 0x0f, 0x05]); // mov eax, number; syscall

// The kernel refuses to call an amd64 handler without a restorer; this one exits before it would be used.
const SA_RESTORER = 0x04000000;

// biome-ignore format: one line per thought of the program
const AMD64 = [
  'start',
  bytes('48 8b 1c 24', 'mov rbx, [rsp]'), // argc
  bytes('48 81 ec 90 01 00 00', `sub rsp, ${UTSNAME}`),
  bytes('48 89 e7', 'mov rdi, rsp'), system(63), // uname(rsp)
  bytes('4c 8d a4 24 04 01 00 00', `lea r12, [rsp + ${MACHINE}]`),
  bytes('45 31 ed', 'xor r13d, r13d'),
  'count', // r13 = strlen(r12)
  bytes('43 80 3c 2c 00', 'cmp byte [r12 + r13], 0'), x64('74', 1, 'counted'), // je
  bytes('49 ff c5', 'inc r13'), x64('eb', 1, 'count'), // jmp
  'counted',
  bytes('48 83 fb 01', 'cmp rbx, 1'), x64('0f 8f', 4, 'once'), // jg
  leaRsi('action'), bytes('31 d2', 'xor edx, edx'), bytes('41 ba 08 00 00 00', 'mov r10d, 8'),
  bytes('bf 0f 00 00 00', 'mov edi, 15'), system(13), // rt_sigaction(SIGTERM, action, null, sizeof mask)
  bytes('bf 02 00 00 00', 'mov edi, 2'), system(13), // SIGINT
  'loop',
  leaRsi('hello'), setEdx(HELLO.length), call('print'),
  bytes('4c 89 e6', 'mov rsi, r12'), bytes('4c 89 ea', 'mov rdx, r13'), call('print'),
  leaRsi('newline'), setEdx(1), call('print'),
  x64('48 8d 3d', 4, 'pause'), bytes('31 f6', 'xor esi, esi'), system(35), // lea rdi; nanosleep(pause, null)
  x64('e9', 4, 'loop'), // jmp
  'once',
  bytes('4c 89 e6', 'mov rsi, r12'), bytes('4c 89 ea', 'mov rdx, r13'), call('print'),
  leaRsi('newline'), setEdx(1), call('print'),
  x64('e9', 4, 'exit'), // jmp
  'stop',
  leaRsi('bye'), setEdx(BYE.length), call('print'),
  'exit',
  bytes('31 ff', 'xor edi, edi'), system(231), // exit_group(0)
  'print', // write(1, rsi, rdx)
  bytes('bf 01 00 00 00', 'mov edi, 1'), system(1), bytes('c3', 'ret'),
  ...constants(8, SA_RESTORER),
];

// ---------------------------------------------------------------------------------------------------------------------

/** Places the pieces from `start` on and gives their bytes. */
function assemble(pieces, start) {
  const labels = new Map();
  const placed = [];
  let address = start;
  for (const piece of pieces) {
    if (typeof piece === 'string') labels.set(piece, address);
    else if ('align' in piece) {
      const gap = -address & (piece.align - 1);
      placed.push({ address, piece: raw(new Array(gap).fill(0)) });
      address += gap;
    } else {
      placed.push({ address, piece });
      address += piece.size;
    }
  }
  const addressOf = (label) => {
    const found = labels.get(label);
    if (found === undefined) throw new Error(`no label ${label}`);
    return found;
  };
  return Buffer.concat(placed.map(({ address: at, piece }) => Buffer.from(piece.bytes(at, addressOf))));
}

/** An ELF file with one loaded segment (the whole file, read and execute) and a stack that is not executable. */
function elf({ bits, machine, flags, pieces }) {
  const wide = bits === 64;
  const [headerSize, segmentSize] = wide ? [64, 56] : [52, 32];
  const codeAt = (headerSize + 2 * segmentSize + 15) & ~15;
  const code = assemble(pieces, BASE + codeAt);
  const size = codeAt + code.length;
  const pointer = wide ? u64 : u32;
  const u16 = (value) => [value & 0xff, value >> 8];
  // biome-ignore format: one line per group of the header's fields
  const header = [
    0x7f, ...Buffer.from('ELF'), wide ? 2 : 1, 1, 1, ...new Array(9).fill(0), // little-endian, version 1, System V
    ...u16(2), ...u16(machine), ...u32(1), // ET_EXEC
    ...pointer(BASE + codeAt), ...pointer(headerSize), ...pointer(0), // entry point; program headers; no section headers
    ...u32(flags), ...u16(headerSize), ...u16(segmentSize), ...u16(2), ...u16(0), ...u16(0), ...u16(0),
  ];
  const segment = (type, access, address, length, alignment) =>
    wide
      ? [...u32(type), ...u32(access), ...u64(0), ...u64(address), ...u64(address), ...u64(length), ...u64(length), ...u64(alignment)]
      : [...u32(type), ...u32(0), ...u32(address), ...u32(address), ...u32(length), ...u32(length), ...u32(access), ...u32(alignment)];
  const [PT_LOAD, PT_GNU_STACK, READ, WRITE, EXECUTE] = [1, 0x6474e551, 4, 2, 1];
  const file = Buffer.alloc(size);
  // 64 KiB: the largest page that an arm64 kernel may have.
  Buffer.from([...header, ...segment(PT_LOAD, READ | EXECUTE, BASE, size, 0x10000), ...segment(PT_GNU_STACK, READ | WRITE, 0, 0, 16)]).copy(file);
  code.copy(file, codeAt);
  return file;
}

const EABI5_HARD_FLOAT = 0x05000400;

/** By the name that BuildKit's TARGETARCH and TARGETVARIANT give together. */
export const SAMPLE_PROGRAMS = {
  'hello-arm64': () => elf({ bits: 64, machine: 183, flags: 0, pieces: ARM64 }),
  'hello-armv7': () => elf({ bits: 32, machine: 40, flags: EABI5_HARD_FLOAT, pieces: ARM32 }),
  'hello-armv6': () => elf({ bits: 32, machine: 40, flags: EABI5_HARD_FLOAT, pieces: ARM32 }),
  'hello-amd64': () => elf({ bits: 64, machine: 62, flags: 0, pieces: AMD64 }),
};

/** Writes the programs, executable; answers their paths. */
export function writeSamplePrograms(folder = fileURLToPath(new URL('../resources/samples/hello-spot/bin', import.meta.url))) {
  mkdirSync(folder, { recursive: true });
  return Object.entries(SAMPLE_PROGRAMS).map(([name, make]) => {
    const path = join(folder, name);
    const program = make();
    // Not written anew where it is the same: its time tells whether the build is stale.
    if (!existsSync(path) || !readFileSync(path).equals(program)) writeFileSync(path, program);
    chmodSync(path, 0o755); // whatever the umask: the container's user is not its owner
    return path;
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) for (const path of writeSamplePrograms()) console.log(path);
