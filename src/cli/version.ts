// The version of the program, for --version and the start line.

export const VERSION = '0.1.0'
