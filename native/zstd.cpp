// The libzstd inside Node, which exports it, but comes without its header.
#include <new>

#include "codec.h"

// From the stable part of zstd.h and zstd_errors.h (libzstd 1.4 and later).
extern "C" {
struct ZSTD_DCtx;
struct ZSTD_inBuffer {
  const void* src;
  size_t size;
  size_t pos;
};
struct ZSTD_outBuffer {
  void* dst;
  size_t size;
  size_t pos;
};
ZSTD_DCtx* ZSTD_createDCtx(void);
size_t ZSTD_freeDCtx(ZSTD_DCtx*);
size_t ZSTD_DCtx_setParameter(ZSTD_DCtx*, int parameter, int value);
size_t ZSTD_decompressStream(ZSTD_DCtx*, ZSTD_outBuffer*, ZSTD_inBuffer*);
unsigned ZSTD_isError(size_t);
int ZSTD_getErrorCode(size_t);
const char* ZSTD_getErrorName(size_t);
}

namespace {

constexpr int kWindowLogMaxParameter = 100;
// The bounds of that parameter.
constexpr int kWindowLogMin = 10;
constexpr int kWindowLogMax = 31;
constexpr int kWindowTooLargeError = 16;
constexpr int kMemoryAllocationError = 64;

// The largest window, a power of two, within a limit.
int WindowLog(uint64_t memory_limit_bytes) {
  int log = kWindowLogMin;
  while (log < kWindowLogMax && (uint64_t{2} << log) <= memory_limit_bytes) log += 1;
  return log;
}

// zstd frames (RFC 8878): after the end of one, the next input begins another.
class Zstd : public Codec {
 public:
  explicit Zstd(uint64_t memory_limit_bytes) : context_(ZSTD_createDCtx()) {
    if (context_ == nullptr) throw std::bad_alloc();
    ZSTD_DCtx_setParameter(context_, kWindowLogMaxParameter, WindowLog(memory_limit_bytes));
  }
  ~Zstd() override { ZSTD_freeDCtx(context_); }

  Status Decode(Buffers& buffers) override {
    ZSTD_inBuffer in = {buffers.input, buffers.input_bytes, 0};
    ZSTD_outBuffer out = {buffers.output, buffers.output_bytes, 0};
    // Without input a new frame would begin; within one there may be output that had no room.
    while (out.pos < out.size && (in.pos < in.size || !ended_)) {
      const size_t before = in.pos + out.pos;
      result_ = ZSTD_decompressStream(context_, &out, &in);
      ended_ = result_ == 0;
      if (ended_ || ZSTD_isError(result_) || in.pos + out.pos == before) break;
    }
    buffers = {buffers.input + in.pos, in.size - in.pos, buffers.output + out.pos,
               out.size - out.pos};
    if (ended_) return Status::kEnded;
    if (!ZSTD_isError(result_)) return Status::kOk;
    const int error = ZSTD_getErrorCode(result_);
    const bool memory = error == kMemoryAllocationError || error == kWindowTooLargeError;
    return memory ? Status::kMemory : Status::kDamaged;
  }

  std::string Message() const override {
    return ZSTD_isError(result_) ? ZSTD_getErrorName(result_) : "";
  }

 private:
  ZSTD_DCtx* const context_;
  // 0 when a frame has ended and all of it is out.
  size_t result_ = 0;
  bool ended_ = true;
};

}  // namespace

std::unique_ptr<Codec> MakeZstd(uint64_t memory_limit_bytes) {
  return std::make_unique<Zstd>(memory_limit_bytes);
}
