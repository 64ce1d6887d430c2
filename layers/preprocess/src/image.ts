/** Grayscale, RGB or RGBA (alpha not premultiplied). */
export type Channels = 1 | 3 | 4;

/** Eight-bit pixels: data: [height, width, channels], row-major, exactly height * width * channels bytes. */
export interface Image<C extends Channels = Channels> {
  readonly width: number;
  readonly height: number;
  readonly channels: C;
  readonly data: Uint8Array;
}

/** A picture without alpha: what is resized, normalised and fed to models. */
export type OpaqueImage = Image<1> | Image<3>;
