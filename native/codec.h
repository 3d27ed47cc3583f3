// What the addon needs of a library that decompresses.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

// src/native/decoder.ts has the same numbers.
enum class Status { kOk = 0, kEnded = 1, kDamaged = 2, kUnsupported = 3, kMemory = 4 };

// Where to take bytes from and where to put them; `Codec::Decode` moves both on.
struct Buffers {
  const uint8_t* input;
  size_t input_bytes;
  uint8_t* output;
  size_t output_bytes;
};

class Codec {
 public:
  virtual ~Codec() = default;

  // Decodes until the input is used up, the output is full, the data ends or something is wrong.
  virtual Status Decode(Buffers& buffers) = 0;

  // The library's message about the last failure; may be empty.
  virtual std::string Message() const { return ""; }
};

// Each throws std::bad_alloc when there is no memory for it. Data that needs more memory than the limit
// is Status::kMemory; gzip needs 32 KiB.
std::unique_ptr<Codec> MakeXz(uint64_t memory_limit_bytes);
std::unique_ptr<Codec> MakeGzip();
std::unique_ptr<Codec> MakeZstd(uint64_t memory_limit_bytes);
