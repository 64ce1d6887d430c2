// Imported with the first JPEG: bundles keep it in a file of its own.
export { default as createMozjpeg } from '@jsquash/jpeg/codec/dec/mozjpeg_dec.js';
