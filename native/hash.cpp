// Digests by the OpenSSL inside Node, which exports it for addons, on libuv's thread pool: Node's own
// Hash works on the thread that calls it.
#include <openssl/evp.h>

#include <memory>

#include "addon.h"

namespace {

struct FreeContext {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, FreeContext>;

class Hash : public Napi::ObjectWrap<Hash> {
 public:
  static Napi::Function Define(Napi::Env env) {
    return DefineClass(env, "Hash",
                       {InstanceMethod("update", &Hash::Update), InstanceMethod("digest", &Hash::Digest)});
  }

  // new Hash(algorithm), such as "sha256"
  explicit Hash(const Napi::CallbackInfo& info)
      : Napi::ObjectWrap<Hash>(info), context_(EVP_MD_CTX_new()) {
    const EVP_MD* algorithm = EVP_get_digestbyname(info[0].ToString().Utf8Value().c_str());
    if (!context_ || algorithm == nullptr || EVP_DigestInit_ex(context_.get(), algorithm, nullptr) != 1)
      throw Napi::Error::New(info.Env(), "unknown digest algorithm, or out of memory");
  }

 private:
  class Work;

  // update(arrays, callback): one call at a time; the arrays stay what they are meanwhile.
  void Update(const Napi::CallbackInfo& info);

  // digest(): of all updates up to now, as bytes; more may follow.
  Napi::Value Digest(const Napi::CallbackInfo& info) {
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int bytes = 0;
    Context copy(EVP_MD_CTX_new());
    if (busy_ || !copy || EVP_MD_CTX_copy_ex(copy.get(), context_.get()) != 1 ||
        EVP_DigestFinal_ex(copy.get(), digest, &bytes) != 1)
      throw Napi::Error::New(info.Env(), "the digest cannot be computed");
    return Napi::Buffer<unsigned char>::Copy(info.Env(), digest, bytes);
  }

  const Context context_;
  bool busy_ = false;
};

class Hash::Work : public Napi::AsyncWorker {
 public:
  Work(Hash& hash, Napi::Object self, Napi::Array arrays, Napi::Function callback)
      : Napi::AsyncWorker(callback, "hash"),
        hash_(hash),
        self_(Napi::Persistent(self)),
        arrays_(Napi::Persistent<Napi::Object>(arrays)),
        pieces_(MemoryOf(arrays)) {}

 protected:
  void Execute() override {
    for (const auto& [data, bytes] : pieces_)
      if (EVP_DigestUpdate(hash_.context_.get(), data, bytes) != 1) return SetError("hashing failed");
  }

  void OnWorkComplete(Napi::Env env, napi_status status) override {
    hash_.busy_ = false;
    Napi::AsyncWorker::OnWorkComplete(env, status);
  }

 private:
  Hash& hash_;
  // Keep alive what the thread works on.
  Napi::ObjectReference self_;
  Napi::ObjectReference arrays_;
  const std::vector<Memory> pieces_;
};

void Hash::Update(const Napi::CallbackInfo& info) {
  if (busy_ || !info[0].IsArray() || !info[1].IsFunction())
    throw Napi::TypeError::New(info.Env(), "update(arrays, callback), one at a time");
  auto* work = new Work(*this, info.This().As<Napi::Object>(), info[0].As<Napi::Array>(),
                        info[1].As<Napi::Function>());
  busy_ = true;
  work->Queue();
}

}  // namespace

Napi::Function DefineHash(Napi::Env env) { return Hash::Define(env); }
