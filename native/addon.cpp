#include "addon.h"

#include <lzma.h>

static Napi::Object Init(Napi::Env env, Napi::Object exports) {
  exports.Set("Decoder", DefineDecoder(env));
  exports.Set("Hash", DefineHash(env));
  exports.Set("packXz", DefinePackXz(env));
  exports.Set("system", DefineSystem(env));
  exports.Set("liblzmaVersion", Napi::String::New(env, lzma_version_string()));
  // Where it comes from, patches included; set by scripts/build-addon.ts.
  exports.Set("liblzmaOrigin", Napi::String::New(env, LIBLZMA_ORIGIN));
  return exports;
}

NODE_API_MODULE(native, Init)
