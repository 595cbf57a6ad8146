export { normaliseTag, parseImageReference, sameImage } from '../docker/image-reference.ts';
export { supplies, tagAsWanted, tagFor } from './image-tags.ts';
