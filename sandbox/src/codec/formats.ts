// PLACEHOLDER by the lead.
import { jsonParse, jsonStringify } from '../intrinsics.ts'
export function decodeInput(_format: string, text: string): { args: unknown[]; keys: string[]; values: unknown[] } { const v = jsonParse(text) as { args: unknown[] }; return { args: v.args, keys: [], values: [] } as never }
export function encodeResult(_format: string, value: unknown, _max: number): string { return jsonStringify(value) ?? 'null' }
export function codecFailure(_e: unknown): { op: number; bytes: number; message: string } | undefined { return undefined }
