// How many columns of a terminal a text takes.
import { charCodeAt, regExpExec, stringNormalize, stringSlice } from '../intrinsics.ts'

/** Wide East Asian characters and pictures take two columns, marks and control characters none. */
export function displayWidth(text: string): number {
  let width = 0
  for (let at = 0; at < text.length; at++) {
    const code = charCodeAt(text, at)
    if (code >= 127) return width + widthBeyondAscii(stringNormalize(stringSlice(text, at)))
    if (code >= 32) width++
  }
  return width
}

function widthBeyondAscii(text: string): number {
  // One long line: what Unicode calls East Asian wide, joined over code points that have no character yet.
  const wideOrEmpty =
    /([\p{Emoji_Presentation}\u1100-\u115f\u2329\u232a\u2630-\u2637\u268a-\u268f\u2e80-\u303e\u3041-\u3247\u3250-\ua4c6\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe10-\ufe19\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{16fe0}-\u{18df2}\u{1aff0}-\u{1b2fb}\u{1d300}-\u{1d376}\u{1f200}-\u{1f2ff}\u{20000}-\u{3fffd}])|(?!\u00ad)[\p{Cc}\p{Cf}\p{Me}\p{Mn}]|(.)/gsu
  let width = 0
  for (let match = regExpExec(wideOrEmpty, text); match !== null; match = regExpExec(wideOrEmpty, text)) {
    if (match[1] !== undefined) width += 2
    else if (match[2] !== undefined) width += 1
  }
  return width
}
