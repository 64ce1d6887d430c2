/** Goes up with every change of what a conversion gives, so that what is cached is converted again. */
export const CONVERTER_VERSION = '1';
