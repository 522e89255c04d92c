/** SETTINGS: what each end tells the other about itself. Source: RFC 9113 section 6.5. */
import {
  ConnectionError,
  DEFAULT_MAX_FRAME_BYTES,
  DEFAULT_WINDOW_BYTES,
  ErrorCode,
  MAX_WINDOW_BYTES,
  Setting,
} from './constants.ts';
import { readUint32, writeUint32 } from './frame-header.ts';

const SETTING_BYTES = 6;
const DEFAULT_TABLE_BYTES = 4096;
const LARGEST_FRAME_BYTES = 0xff_ffff;

/**
 * A peer's settings, with the protocol's defaults until it says otherwise. Its frame size is checked and left at that: no
 * frame of ours is larger than the default, which every peer takes.
 */
export class PeerSettings {
  headerTableBytes = DEFAULT_TABLE_BYTES;
  maxConcurrentStreams = Infinity;
  initialWindowBytes = DEFAULT_WINDOW_BYTES;

  /**
   * Takes a SETTINGS payload and returns by how much it has changed the initial window. Throws ConnectionError on a value
   * that the protocol forbids.
   */
  apply(bytes: Buffer, start: number, end: number): number {
    const windowBefore = this.initialWindowBytes;
    if ((end - start) % SETTING_BYTES !== 0) {
      throw new ConnectionError(ErrorCode.FrameSizeError, 'SETTINGS length is not a multiple of 6');
    }
    for (let i = start; i < end; i += SETTING_BYTES) {
      this.set((bytes[i]! << 8) | bytes[i + 1]!, readUint32(bytes, i + 2));
    }
    return this.initialWindowBytes - windowBefore;
  }

  private set(setting: number, value: number): void {
    if (setting === Setting.HeaderTableSize) this.headerTableBytes = value;
    else if (setting === Setting.MaxConcurrentStreams) this.maxConcurrentStreams = value;
    else if (setting === Setting.InitialWindowSize) {
      if (value > MAX_WINDOW_BYTES) throw new ConnectionError(ErrorCode.FlowControlError, `initial window ${value}`);
      this.initialWindowBytes = value;
    } else if (setting === Setting.MaxFrameSize) {
      if (value < DEFAULT_MAX_FRAME_BYTES || value > LARGEST_FRAME_BYTES) {
        throw new ConnectionError(ErrorCode.ProtocolError, `maximum frame size ${value}`);
      }
    } else if (setting === Setting.EnablePush && value > 1) {
      throw new ConnectionError(ErrorCode.ProtocolError, `ENABLE_PUSH ${value}`);
    }
  }
}

/** The payload of a SETTINGS frame. */
export function encodeSettings(settings: readonly (readonly [setting: number, value: number])[]): Buffer {
  const payload = Buffer.alloc(settings.length * SETTING_BYTES);
  settings.forEach(([setting, value], i) => {
    payload.writeUInt16BE(setting, i * SETTING_BYTES);
    writeUint32(payload, i * SETTING_BYTES + 2, value);
  });
  return payload;
}
