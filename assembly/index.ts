export { aeadAbsorb, aeadBegin, aeadEnd, aeadOpen, aeadSeal, aeadTag, aeadXor } from './aead/index'
export { blake3Last, blake3More, blake3Piece, blake3Plain, blake3Short, blake3Wipe } from './blake3/index'
export { onionInvert, onionPeel, onionWipe } from './onion/index'
