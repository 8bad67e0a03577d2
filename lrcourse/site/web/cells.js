export function cells() {}
