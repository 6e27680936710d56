// PLACEHOLDER by the lead.
export function captureLateIntrinsics(): void {}
