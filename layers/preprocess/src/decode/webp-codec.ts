// Imported with the first WebP: bundles keep it in a file of its own.
export { default as createWebp } from '@jsquash/webp/codec/dec/webp_dec.js';
