package migration

import (
	"context"
	_ "embed"
	"encoding/csv"
	"fmt"
	"strings"

	openfgav1 "github.com/openfga/api/proto/openfga/v1"
	"github.com/openfga/language/pkg/go/transformer"
	"github.com/openfga/openfga/pkg/server"
	"github.com/openfga/openfga/pkg/storage/memory"
)

var (
	//go:embed model.fga
	fgaModel string
	//go:embed tuples.csv
	fgaTuples string
)

func fgaScene() (*server.Server, string) {
	ctx := context.Background()
	s := server.MustNewServerWithOpts(server.WithDatastore(memory.New()))
	store, err := s.CreateStore(ctx, &openfgav1.CreateStoreRequest{Name: "migration"})
	must(err)
	model := transformer.MustTransformDSLToProto(fgaModel)
	_, err = s.WriteAuthorizationModel(ctx, &openfgav1.WriteAuthorizationModelRequest{
		StoreId: store.GetId(), SchemaVersion: model.GetSchemaVersion(), TypeDefinitions: model.GetTypeDefinitions(),
	})
	must(err)
	rows, err := csv.NewReader(strings.NewReader(fgaTuples)).ReadAll()
	must(err)
	var tuples []*openfgav1.TupleKey
	for _, row := range rows {
		tuples = append(tuples, &openfgav1.TupleKey{User: row[0], Relation: row[1], Object: row[2]})
	}
	_, err = s.Write(ctx, &openfgav1.WriteRequest{
		StoreId: store.GetId(), Writes: &openfgav1.WriteRequestWrites{TupleKeys: tuples},
	})
	must(err)
	return s, store.GetId()
}

// must panics, because the scenes are constant: an error is a mistake in a file of this folder.
func must(err error) {
	if err != nil {
		panic(err)
	}
}

func Example_openfga() {
	s, store := fgaScene()
	defer s.Close()
	// snippet: openfga check
	may := func(member, relation, program string) {
		answer, err := s.Check(context.Background(), &openfgav1.CheckRequest{
			StoreId: store,
			TupleKey: &openfgav1.CheckRequestTupleKey{
				User: "member:" + member, Relation: relation, Object: "mini_program:" + program,
			},
		})
		fmt.Println(answer.GetAllowed(), err)
	}
	may("bob", "can_release", "wallet/shop/mp-42")
	may("bob", "can_release", "wallet/shop/mp-7")
	may("ann", "can_view", "wallet/shop/mp-7")
	may("eve", "can_export", "wallet/shop/mp-7")
	// end

	// Output:
	// true <nil>
	// false <nil>
	// true <nil>
	// true <nil>
}

func Example_openfgaList() {
	s, store := fgaScene()
	defer s.Close()
	// snippet: openfga list
	answer, err := s.ListObjects(context.Background(), &openfgav1.ListObjectsRequest{
		StoreId: store, Type: "mini_program", Relation: "can_view", User: "member:bob",
	})
	fmt.Println(answer.GetObjects(), err)
	// end

	// Output:
	// [mini_program:wallet/shop/mp-42] <nil>
}

func Example_openfgaExplain() {
	s, store := fgaScene()
	defer s.Close()
	// snippet: openfga explain
	answer, err := s.Expand(context.Background(), &openfgav1.ExpandRequest{
		StoreId:  store,
		TupleKey: &openfgav1.ExpandRequestTupleKey{Relation: "can_release", Object: "mini_program:wallet/shop/mp-42"},
	})
	fmt.Println(answer.GetTree().GetRoot().GetName(), err)
	// end

	// Output:
	// mini_program:wallet/shop/mp-42#can_release <nil>
}
