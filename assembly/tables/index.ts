export { tableFree } from './heap'
export {
  routingBucket,
  routingClear,
  routingClosest,
  routingCount,
  routingCreate,
  routingEnlarge,
  routingFind,
  routingInsert,
  routingNext,
  routingOldest,
  routingRead,
  routingRemove,
  routingSize,
  routingTouch,
} from './routing/index'
export { seenCount, seenCreate, seenHas, seenInsert, seenRotate } from './seen/index'
