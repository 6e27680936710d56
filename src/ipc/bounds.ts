// How long the texts are that an executor sends beside a result: it keeps to this, and the front process holds it to it.

/** A text of a guest in a failure is cut here. */
export const CLIPPED_CHARACTERS = 4_096

/** The message of a failure, and its stack: a clipped text, the mark of the cut, and the sentence around it. */
export const MAX_FAILURE_CHARACTERS = CLIPPED_CHARACTERS + 512

/** Of the id of a task, and of what names code. */
export const MAX_NAME_CHARACTERS = 128

/** What the log of a task may have beyond its limit: the mark of the guest's own cut, and a few stray rejections. */
export const LOG_SLACK_BYTES = 8 * 1_024

/** A larger code cache of a bundle is not kept. */
export const MAX_CODE_CACHE_BYTES = 4 * 1_024 * 1_024
