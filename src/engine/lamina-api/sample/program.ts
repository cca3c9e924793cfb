/**
 * A program for the sample image that needs nothing beside it: `show FILE…` writes files to standard
 * output. It is made here, byte by byte, so that the image runs in any Docker without a download.
 */

/** Where the program is loaded; the usual address of a static program. */
const BASE = 0x40_0000
const HEADERS = 64 + 56

interface Machine {
  /** ELF's number of the processor (e_machine). */
  machine: number
  /** For each argument: open, then read into the space below the stack and write; exit with 0 or 1. */
  code: string
}

const MACHINES: Record<'amd64' | 'arm64', Machine> = {
  amd64: {
    machine: 62,
    code:
      '488b1c244c8d64240848ffcb7e454983c408498b3c2431f6b8020000000f0585c078344189c54489ef488db42400f0' +
      'ffffba0010000031c00f0585c07ecb89c2bf0100000089f8488db42400f0ffff0f05ebd331ffeb05bf01000000b83c' +
      '0000000f05',
  },
  arm64: {
    machine: 183,
    code:
      'f30340f9f4230091730600f1cd020054818e40f8600c8092020080d2030080d2080780d2010000d42002f8b7f50300' +
      'aae00315aae10740d1020082d2e80780d2010000d41f0000f10dfeff54e20300aae10740d1200080d2080880d20100' +
      '00d4f4ffff17000080d202000014200080d2a80b80d2010000d4',
  },
}

/** The program as an ELF file (System V ABI, chapters 4 and 5). */
export function showProgram(architecture: 'amd64' | 'arm64'): Buffer {
  const { machine, code } = MACHINES[architecture]
  const text = Buffer.from(code, 'hex')
  const size = BigInt(HEADERS + text.length)
  const head = Buffer.alloc(HEADERS)
  // 64 bits, little endian, version 1.
  head.write('\x7fELF\x02\x01\x01', 'latin1')
  head.writeUInt16LE(2, 16)
  head.writeUInt16LE(machine, 18)
  head.writeUInt32LE(1, 20)
  head.writeBigUInt64LE(BigInt(BASE + HEADERS), 24)
  head.writeBigUInt64LE(64n, 32)
  head.writeUInt16LE(64, 52)
  head.writeUInt16LE(56, 54)
  head.writeUInt16LE(1, 56)
  head.writeUInt16LE(64, 58)
  // One segment: all of the file, to be read and run.
  head.writeUInt32LE(1, 64)
  head.writeUInt32LE(5, 68)
  head.writeBigUInt64LE(0n, 72)
  head.writeBigUInt64LE(BigInt(BASE), 80)
  head.writeBigUInt64LE(BigInt(BASE), 88)
  head.writeBigUInt64LE(size, 96)
  head.writeBigUInt64LE(size, 104)
  head.writeBigUInt64LE(0x1000n, 112)
  return Buffer.concat([head, text])
}
