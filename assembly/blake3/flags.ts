export const CHUNK_START: u32 = 1
export const CHUNK_END: u32 = 2
export const PARENT: u32 = 4
export const ROOT: u32 = 8
