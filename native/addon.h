// The classes that JavaScript gets, and what they share.
#pragma once

#include <napi.h>

#include <vector>

// Where a Uint8Array lies; it stays there for as long as something keeps the array alive.
struct Memory {
  uint8_t* data;
  size_t bytes;
};

inline std::vector<Memory> MemoryOf(Napi::Array arrays) {
  std::vector<Memory> memory;
  for (uint32_t index = 0; index < arrays.Length(); index += 1) {
    auto array = arrays.Get(index).As<Napi::Uint8Array>();
    memory.push_back({array.Data(), array.ByteLength()});
  }
  return memory;
}

Napi::Function DefineDecoder(Napi::Env env);
Napi::Function DefineHash(Napi::Env env);
Napi::Function DefinePackXz(Napi::Env env);
Napi::Object DefineSystem(Napi::Env env);
