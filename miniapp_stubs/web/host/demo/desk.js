export function showDesk() {}
